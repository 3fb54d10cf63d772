"""DescribeSpotPriceHistory, and what a spot instance costs here and now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from heapq import merge
from itertools import islice
from typing import Any

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.market import Pool
from cloudgpu.rehearsal.ec2.settings.market import Prices, fixed
from cloudgpu.rehearsal.ec2.wire import Answer

_PRODUCT = "Linux/UNIX"
_PRODUCTS = {_PRODUCT, "Linux/UNIX (Amazon VPC)"}
_KEPT = timedelta(days=90)
_MOST_ROWS = 1000
Row = tuple[datetime, Pool, Decimal]


def now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def describe(cloud: Cloud, call: Call) -> Answer:
    """Newest first; of each pool also the price in force at the beginning. Types whose spot price is not known have no
    history."""
    params, end = call.params, _time(call.params, "EndTime", now())
    start = min(end, max(_time(params, "StartTime", now() - _KEPT), now() - _KEPT))
    rows = merge(
        *(_history(pool, start, end) for pool in _pools(cloud, call.region, params)),
        key=lambda row: row[0],
        reverse=True,
    )
    begin, most = _begin(params), int(params.get("MaxResults") or _MOST_ROWS)
    page = list(islice(rows, begin, begin + most + 1))
    told = [
        {
            "AvailabilityZone": pool.zone,
            "InstanceType": pool.instance_type,
            "ProductDescription": _PRODUCT,
            "SpotPrice": f"{price:.6f}",
            "Timestamp": at,
        }
        for at, pool, price in page[:most]
    ]
    token = str(begin + most) if len(page) > most else ""
    return cloud.engine.tell(call.action, {"SpotPriceHistory": told, "NextToken": token})


def _time(params: Mapping[str, Any], name: str, default: datetime) -> datetime:
    if name not in params:
        return default
    try:
        return datetime.fromisoformat(str(params[name]).replace("Z", "+00:00")).replace(tzinfo=None)
    except ValueError:
        raise Refused("InvalidParameterValue", f"Value ({params[name]}) for parameter {name} is invalid.") from None


def _begin(params: Mapping[str, Any]) -> int:
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise Refused("InvalidParameterValue", "Unable to parse pagination token")
    return int(token)


def _pools(cloud: Cloud, region: str, params: Mapping[str, Any]) -> Iterator[Pool]:
    wanted: dict[str, Sequence[str]] = {one["Name"]: one.get("Values", []) for one in params.get("Filters", [])}
    types = params.get("InstanceTypes") or wanted.get("instance-type") or sorted(cloud.engine.instance_types)
    zone = params.get("AvailabilityZone")
    zones = [zone] if zone else wanted.get("availability-zone")
    products = params.get("ProductDescriptions") or wanted.get("product-description") or [_PRODUCT]
    for instance_type in types if _PRODUCTS & set(products) else ():
        for one in cloud.engine.sold_in(region, instance_type):
            if not zones or one in zones:
                yield pool(cloud.settings.spot_prices, instance_type, one)


def _history(pool: Pool, start: datetime, end: datetime) -> Iterator[Row]:
    for at, price in pool.changes(end):
        yield at, pool, price
        if at <= start:
            return


def pool(prices: Prices, instance_type: str, zone: str) -> Pool:
    return Pool(instance_type, zone, fixed(prices, instance_type, zone))


def check_bid(prices: Prices, params: Mapping[str, Any], instance_type: str, zone: str) -> None:
    """Refused for a highest price below what the instance costs in that zone now."""
    most = params.get("InstanceMarketOptions", {}).get("SpotOptions", {}).get("MaxPrice")
    if not most:
        return
    try:
        bid = Decimal(most)
    except InvalidOperation:
        raise Refused("InvalidParameterValue", f"Value ({most}) for parameter price is invalid.") from None
    least = pool(prices, instance_type, zone).price(now())
    if bid < least:
        raise Refused(
            "SpotMaxPriceTooLow",
            f"Your Spot request price of {most} is lower than the minimum required Spot request fulfillment price of"
            f" {least.normalize():f}.",
        )
