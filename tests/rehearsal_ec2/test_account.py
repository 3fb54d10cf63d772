"""What a fresh account has: a network that reaches the internet, and settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.rehearsal_ec2.bed import Bed, named

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def test_the_default_network_has_a_way_out(bed: Bed, ec2: EC2Client) -> None:
    (vpc,) = ec2.describe_vpcs(Filters=[named("is-default", "true")])["Vpcs"]
    (table,) = ec2.describe_route_tables(Filters=[named("vpc-id", vpc["VpcId"])])["RouteTables"]
    ways = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
    assert ways["0.0.0.0/0"].startswith("igw-")
    subnets = ec2.describe_subnets(Filters=[named("default-for-az", "true")])["Subnets"]
    assert len(subnets) == 6
    assert all(one["MapPublicIpOnLaunch"] for one in subnets)


def test_settings_are_all_told_and_null_is_as_new(bed: Bed) -> None:
    new = bed.front.configure({})
    changed = bed.front.configure(
        {
            "capacity": {"dry": [{"zone": "us-east-1*", "times": 3}], "hint": False},
            "default_vpc": {"eu-west-1": False},
            "images": {"retired": ["ubuntu-22.04"]},
            "permissions": {"denied": ["ec2:RunInstances"], "encoded": True},
            "regions": {"af-south-1": "opted-in"},
            "spot_prices": {"g5.xlarge": 0.4, "g6.xlarge": {"us-east-1a": 0.3}},
        }
    )
    assert changed["capacity"]["dry"] == [  # type: ignore[index]  # JSON
        {"zone": "us-east-1*", "type": "*", "market": "*", "times": 3, "late": False}
    ]
    assert changed["default_vpc"] == {"": True, "eu-west-1": False}
    assert changed["images"] == {"retired": ["ubuntu-22.04"]}
    assert changed["regions"] == {"af-south-1": "opted-in"}
    assert json.dumps(changed)
    assert bed.front.configure(dict.fromkeys(changed)) == new


def test_one_wrong_setting_and_none_is_changed(bed: Bed) -> None:
    new = bed.front.configure({})
    with pytest.raises(ValueError, match="images"):
        bed.front.configure({"default_vpc": False, "images": {"retired": ["windows"]}})
    assert bed.front.configure({}) == new
