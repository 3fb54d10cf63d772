"""Spot prices differ from zone to zone, move, and are what a bid is held against."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cloudgpu.rehearsal.ec2.market import Pool
from tests.rehearsal_ec2.bed import Bed, launch, until_state
from tests.rehearsal_ec2.test_launch import subnet_of
from tests.rehearsal_ec2.test_permissions import refusal

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def history(ec2: EC2Client, **wanted: Any) -> list[tuple[str, datetime, Decimal]]:
    kinds: Any = {"InstanceTypes": ["g4dn.xlarge"], "ProductDescriptions": ["Linux/UNIX"]} | wanted
    rows = ec2.describe_spot_price_history(**kinds)["SpotPriceHistory"]
    return [(one["AvailabilityZone"], one["Timestamp"], Decimal(one["SpotPrice"])) for one in rows]


def bid(price: str) -> dict[str, Any]:
    return {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"MaxPrice": price}}}


def test_from_now_on_there_is_one_price_for_each_zone(ec2: EC2Client) -> None:
    now = datetime.now(timezone.utc)
    rows = history(ec2, StartTime=now)
    assert len(rows) == len({zone for zone, _, _ in rows}) == 5
    assert all(at <= now for _, at, _ in rows)
    assert len({price for _, _, price in rows}) > 1
    assert all(Decimal("0.15") < price < Decimal("0.23") for _, _, price in rows)
    assert history(ec2, StartTime=now) == rows


def test_prices_move(ec2: EC2Client) -> None:
    now = datetime.now(timezone.utc)
    rows = history(ec2, StartTime=now - timedelta(days=1), AvailabilityZone="us-east-1a")
    times = [at for _, at, _ in rows]
    assert times == sorted(times, reverse=True)
    assert len(rows) == 5
    assert len({price for _, _, price in rows}) > 1
    assert times[-1] <= now - timedelta(days=1) < times[-2]
    earlier = history(ec2, StartTime=times[2], EndTime=times[1] - timedelta(seconds=1), AvailabilityZone="us-east-1a")
    assert earlier == [rows[2]]


def test_a_long_history_comes_in_pages(ec2: EC2Client) -> None:
    pages = list(
        ec2.get_paginator("describe_spot_price_history").paginate(
            InstanceTypes=["g4dn.xlarge"],
            StartTime=datetime.now(timezone.utc) - timedelta(days=30),
            PaginationConfig={"PageSize": 100},
        )
    )
    rows = [(one["AvailabilityZone"], one["Timestamp"]) for page in pages for one in page["SpotPriceHistory"]]
    assert len(pages) > 5
    assert len(rows) == len(set(rows)) > 600
    assert refusal(ec2.describe_spot_price_history, NextToken="x")[1] == "InvalidParameterValue"


def test_what_nobody_sells_has_no_history(ec2: EC2Client) -> None:
    assert history(ec2, ProductDescriptions=["Windows"]) == []
    assert history(ec2, InstanceTypes=["p5e.48xlarge"]) == []
    assert list(Pool("m1.tiny", "us-east-1a").changes(datetime(2026, 11, 1))) == []


@pytest.mark.parametrize("kind", ["g4dn.xlarge", "p5.4xlarge", "g6f.large"])
def test_spot_never_costs_more_than_on_demand(kind: str) -> None:
    from cloudgpu.rehearsal.ec2.market import on_demand

    for zone in ("us-east-1a", "eu-west-1b", "ap-south-1c"):
        assert 0 < Pool(kind, zone).price(datetime(2026, 11, 20)) <= on_demand(kind)


def test_a_price_can_be_set(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"spot_prices": {"g4dn.xlarge": {"us-east-1b": 0.3}, "g5.xlarge": 0.4}})
    now = datetime.now(timezone.utc)
    told = {zone: price for zone, _, price in history(ec2, StartTime=now)}
    assert told["us-east-1b"] == Decimal("0.3")
    assert told["us-east-1a"] != Decimal("0.3")
    assert {price for _, _, price in history(ec2, InstanceTypes=["g5.xlarge"], StartTime=now)} == {Decimal("0.4")}
    bed.front.configure({"spot_prices": {"g4dn.xlarge": None}})
    assert {zone: price for zone, _, price in history(ec2, StartTime=now)}["us-east-1b"] < Decimal("0.3")
    with pytest.raises(ValueError, match="spot_prices"):
        bed.front.configure({"spot_prices": {"g4dn.xlarge": -1}})


def test_a_bid_below_the_price_is_too_low(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"spot_prices": {"g4dn.xlarge": {"us-east-1a": 0.21}}})
    subnet = subnet_of(ec2, "us-east-1a")
    assert refusal(lambda: launch(bed, ec2, SubnetId=subnet, **bid("0.2")))[1:] == (
        "SpotMaxPriceTooLow",
        "Your Spot request price of 0.2 is lower than the minimum required Spot request fulfillment price of 0.21.",
    )
    assert refusal(lambda: launch(bed, ec2, SubnetId=subnet, **bid("cheap")))[1] == "InvalidParameterValue"
    made = launch(bed, ec2, SubnetId=subnet, **bid("0.21"))
    until_state(ec2, made["InstanceId"], "running")
