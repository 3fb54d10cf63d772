"""Where a launch goes: subnet and zone, and whether the instance type is sold there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.errors import Refused, invalid
from cloudgpu.rehearsal.ec2.untyped import Backend

_NOT_SOLD = (
    "The requested configuration is currently not supported. Please check the documentation for supported"
    " configurations."
)


@dataclass(frozen=True, slots=True)
class Place:
    """`named`: the request named the zone, by itself or by a subnet."""

    zone: str
    subnet_id: str
    vpc_id: str
    named: bool


def named_subnet(ec2: Backend, params: Mapping[str, Any]) -> str | None:
    """The subnet that the request names, on its own or for the first network interface."""
    for interface in params.get("NetworkInterfaces", []):
        if interface.get("DeviceIndex", 0) == 0:
            existing = ec2.enis.get(interface.get("NetworkInterfaceId"))
            found = existing.subnet.id if existing else interface.get("SubnetId")
            break
    else:
        found = params.get("SubnetId")
    return str(found) if found else None


def named_zone(ec2: Backend, params: Mapping[str, Any]) -> str:
    """The zone that the request names; empty where it leaves that to EC2."""
    wanted = named_subnet(ec2, params)
    for zone, subnets in ec2.subnets.items():
        if wanted in subnets:
            return str(zone)
    return str(params.get("Placement", {}).get("AvailabilityZone", ""))


def choose(engine: Engine, ec2: Backend, params: Mapping[str, Any], instance_type: str) -> Place:
    """Refused where no subnet fits or the type is not sold."""
    sold = _sold(engine, ec2, instance_type)
    subnet_id, zone = named_subnet(ec2, params), named_zone(ec2, params)
    if subnet_id:
        subnet = ec2.subnets.get(zone, {}).get(subnet_id)
        if subnet is None:
            raise Refused("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    else:
        zone, subnet = _default(ec2, zone, sold)
    if zone not in sold:
        raise not_sold_there(instance_type, zone, sold)
    return Place(
        zone, str(subnet.id), str(subnet.vpc_id), bool(subnet_id or params.get("Placement", {}).get("AvailabilityZone"))
    )


def not_sold_there(instance_type: str, zone: str, sold: Sequence[str]) -> Refused:
    return Refused(
        "Unsupported",
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone"
        f" ({zone}). Please retry your request by not specifying an Availability Zone or choosing"
        f" {', '.join(sold)}.",
    )


def _sold(engine: Engine, ec2: Backend, instance_type: str) -> list[str]:
    if instance_type not in engine.instance_types:
        if instance_type in engine.input_shape("ec2", "RunInstances").members["InstanceType"].enum:
            raise Refused("Unsupported", _NOT_SOLD)
        raise invalid(instance_type, "InstanceType")
    sold = engine.sold_in(ec2.region_name, instance_type)
    if not sold:
        raise Refused("Unsupported", _NOT_SOLD)
    return sold


def _default(ec2: Backend, zone: str, sold: list[str]) -> tuple[str, Backend]:
    known = [one.name for one in ec2.describe_availability_zones()]
    if zone and zone not in known:
        raise Refused("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    network = ec2.get_default_vpc()
    if network is None:
        raise Refused("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for default VPC.")
    subnets = ec2.get_default_subnets()
    wanted = [zone] if zone else [one for one in sold if one in subnets] or sorted(subnets)
    for one in wanted:
        if one in subnets:
            return one, subnets[one]
    raise Refused(
        "MissingInput",
        f"No default subnet for availability zone: '{zone}'."
        if zone
        else f"No subnets found for the default VPC '{network.id}'. Please specify a subnet.",
    )
