"""What EC2 sells in which zone, asked of the account, at the table's price, or the market's for spot without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal

from cloudgpu.model import Offer
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.prices import Machine
from cloudgpu.providers.aws.regions import over
from cloudgpu.providers.aws.session import Account


def on_sale(account: Account, regions: Sequence[str], wanted: Sequence[Machine], *, spot: bool) -> list[Offer]:
    """Every type of `wanted` in every zone that sells it, in no order; what has no price is left out."""
    if not wanted or not regions:
        return []
    return over(account, regions, lambda region: _in_region(account, region, wanted, spot=spot))


def zones(account: Account, region: str) -> list[str]:
    """The zones that the account has in the region."""
    with aws_errors(region):
        return [one["ZoneName"] for one in account.ec2(region).describe_availability_zones()["AvailabilityZones"]]


def _in_region(account: Account, region: str, wanted: Sequence[Machine], *, spot: bool) -> list[Offer]:
    by_type = {one.instance_type: one for one in wanted if region in one.regions}
    if not by_type:
        return []
    with aws_errors(region):
        pages = (
            account.ec2(region)
            .get_paginator("describe_instance_type_offerings")
            .paginate(LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": list(by_type)}])
        )
        told = [one for page in pages for one in page["InstanceTypeOfferings"]]
    sold = [(by_type[one["InstanceType"]], one["Location"]) for one in told]
    unpriced = {one.instance_type for one, _ in sold if spot and one.hourly(region, spot=True) is None}
    market = _spot_prices(account, region, sorted(unpriced)) if unpriced else {}
    now = datetime.now(timezone.utc)
    offers = []
    for one, zone in sold:
        hourly = one.hourly(region, spot=spot) or market.get((one.instance_type, zone))
        if hourly is not None:
            offers.append(
                Offer(
                    "aws", region, zone, one.instance_type, one.gpu, one.vcpus, one.memory_gb, hourly, spot, seen_at=now
                )
            )
    return offers


def _spot_prices(account: Account, region: str, types: Sequence[str]) -> Mapping[tuple[str, str], Decimal]:
    """What spot costs just now, by type and zone."""
    with aws_errors(region):
        pages = (
            account.ec2(region)
            .get_paginator("describe_spot_price_history")
            .paginate(
                Filters=[{"Name": "instance-type", "Values": types}],
                ProductDescriptions=["Linux/UNIX"],
                StartTime=datetime.now(timezone.utc),
            )
        )
        told = [one for page in pages for one in page["SpotPriceHistory"]]
    oldest_first = sorted(told, key=lambda one: one["Timestamp"])
    return {(one["InstanceType"], one["AvailabilityZone"]): Decimal(one["SpotPrice"]) for one in oldest_first}
