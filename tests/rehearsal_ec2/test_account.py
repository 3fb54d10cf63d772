"""What a fresh account has: a network that reaches the internet, and prices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

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


def test_spot_prices_are_those_of_the_table(bed: Bed, ec2: EC2Client) -> None:
    told = ec2.describe_spot_price_history(InstanceTypes=["g4dn.xlarge"], ProductDescriptions=["Linux/UNIX"])
    prices = {one["AvailabilityZone"]: Decimal(one["SpotPrice"]) for one in told["SpotPriceHistory"]}
    assert "us-east-1a" in prices
    assert set(prices.values()) == {Decimal("0.18936")}
    windows = ec2.describe_spot_price_history(InstanceTypes=["g4dn.xlarge"], ProductDescriptions=["Windows"])
    assert windows["SpotPriceHistory"] == []
    zoned = ec2.describe_spot_price_history(InstanceTypes=["g4dn.xlarge"], AvailabilityZone="us-east-1b")
    assert [one["AvailabilityZone"] for one in zoned["SpotPriceHistory"]] == ["us-east-1b"]
