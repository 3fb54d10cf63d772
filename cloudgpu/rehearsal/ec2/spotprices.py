"""DescribeSpotPriceHistory: one price for each type and zone that sells it, from the dated table."""

from __future__ import annotations

from datetime import datetime, timezone

from cloudgpu.rehearsal.ec2.billing import price
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.wire import Answer

_PRODUCT = "Linux/UNIX"
_PRODUCTS = {_PRODUCT, "Linux/UNIX (Amazon VPC)"}


def describe(cloud: Cloud, call: Call) -> Answer:
    """Types whose spot price is not known have no history."""
    wanted = {one["Name"]: one.get("Values", []) for one in call.params.get("Filters", [])}
    types = call.params.get("InstanceTypes") or wanted.get("instance-type") or sorted(cloud.engine.instance_types)
    zone = call.params.get("AvailabilityZone")
    zones = [zone] if zone else wanted.get("availability-zone")
    products = call.params.get("ProductDescriptions") or wanted.get("product-description") or [_PRODUCT]
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    rows = [
        {
            "AvailabilityZone": one,
            "InstanceType": instance_type,
            "ProductDescription": _PRODUCT,
            "SpotPrice": f"{hourly:.6f}",
            "Timestamp": now,
        }
        for instance_type in types
        if _PRODUCTS & set(products) and (hourly := price(instance_type, spot=True))
        for one in cloud.engine.sold_in(call.region, instance_type)
        if not zones or one in zones
    ]
    return cloud.engine.tell(call.action, {"SpotPriceHistory": rows, "NextToken": ""})
