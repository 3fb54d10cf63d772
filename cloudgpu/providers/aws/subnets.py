"""What networks a region has: the subnets, the VPCs that they are in, and which of them lead to the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudgpu.errors import PermissionError_
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef, SubnetTypeDef, VpcTypeDef


@dataclass(frozen=True, slots=True)
class Subnet:
    """`usual`: the default VPC's own of its zone. `open_`: machines get public addresses there by default."""

    id: str
    vpc: str
    zone: str
    usual: bool
    open_: bool
    addresses: int


class Subnets:
    """Subnets and routes are asked for once in the life of this object."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._known: dict[str, tuple[Subnet, ...]] = {}
        self._reaching: dict[tuple[str, str], frozenset[str] | None] = {}

    def of(self, region: str) -> tuple[Subnet, ...]:
        if region not in self._known:
            with aws_errors(region):
                pages = self._account.ec2(region).get_paginator("describe_subnets").paginate()
                self._known[region] = tuple(_subnet(one) for page in pages for one in page["Subnets"])
        return self._known[region]

    def forget(self, region: str) -> None:
        """Something was made there."""
        self._known.pop(region, None)

    def vpcs(self, region: str) -> list[VpcTypeDef]:
        with aws_errors(region):
            return self._account.ec2(region).describe_vpcs()["Vpcs"]

    def reaching_internet(self, vpc: str, region: str) -> frozenset[str] | None:
        """The VPC's subnets whose routes lead to an internet gateway; None where this account may not look at them."""
        if (region, vpc) not in self._reaching:
            mine = [one.id for one in self.of(region) if one.vpc == vpc]
            try:
                with aws_errors(region):
                    told = self._account.ec2(region).describe_route_tables(
                        Filters=[{"Name": "vpc-id", "Values": [vpc]}]
                    )["RouteTables"]
                self._reaching[region, vpc] = frozenset(_leading_out(told, mine))
            except PermissionError_:
                self._reaching[region, vpc] = None
        return self._reaching[region, vpc]


def _leading_out(tables: list[RouteTableTypeDef], subnets: list[str]) -> list[str]:
    """Those whose own table, or the VPC's main one where they have none, knows a way to an internet gateway."""
    by_subnet: dict[str, bool] = {}
    otherwise = False
    for table in tables:
        out = any(route.get("GatewayId", "").startswith("igw-") for route in table.get("Routes", []))
        for one in table.get("Associations", []):
            if one.get("Main"):
                otherwise = out
            elif subnet := one.get("SubnetId"):
                by_subnet[subnet] = out
    return [one for one in subnets if by_subnet.get(one, otherwise)]


def _subnet(told: SubnetTypeDef) -> Subnet:
    return Subnet(
        id=told["SubnetId"],
        vpc=told["VpcId"],
        zone=told["AvailabilityZone"],
        usual=told.get("DefaultForAz", False),
        open_=told.get("MapPublicIpOnLaunch", False),
        addresses=told.get("AvailableIpAddressCount", 0),
    )
