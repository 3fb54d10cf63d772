"""What spot costs just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal

from cloudgpu.errors import AuthError, NoRouteError, ProviderError
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.regions import over
from cloudgpu.providers.aws.session import Account

Prices = Mapping[tuple[str, str], Decimal]


def spot_prices(account: Account, wanted: Mapping[str, Sequence[str]]) -> Prices:
    """USD per hour by zone and type, for the types wanted in each region, all asked at once. What has no price just
    now is not in it, nor is what a region will not tell."""

    def asked(region: str) -> list[tuple[tuple[str, str], Decimal]]:
        try:
            return _in_region(account, region, wanted[region])
        except (AuthError, NoRouteError):
            raise
        except ProviderError:
            return []

    return dict(over(account, [region for region, types in wanted.items() if types], asked))


def _in_region(account: Account, region: str, types: Sequence[str]) -> list[tuple[tuple[str, str], Decimal]]:
    with aws_errors(region):
        pages = (
            account.ec2(region)
            .get_paginator("describe_spot_price_history")
            .paginate(
                Filters=[{"Name": "instance-type", "Values": list(types)}],
                ProductDescriptions=["Linux/UNIX"],
                StartTime=datetime.now(timezone.utc),
            )
        )
        told = [one for page in pages for one in page["SpotPriceHistory"]]
    oldest_first = sorted(told, key=lambda one: one["Timestamp"])
    return [((one["AvailabilityZone"], str(one["InstanceType"])), Decimal(one["SpotPrice"])) for one in oldest_first]
