"""Networks: an account without a default one, the calls that bring it back, and what moto takes for a default."""

from __future__ import annotations

from ipaddress import ip_network

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.engine import open_to_the_internet
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.untyped import Backend
from cloudgpu.rehearsal.ec2.wire import Answer

_PREFIX = 20
_RESERVED = 5  # addresses of each subnet that AWS keeps


def have_default(ec2: Backend, wanted: bool) -> None:
    """One default network, or none."""
    there = ec2.get_default_vpc()
    if wanted and there is None:
        _make(ec2)
    elif there is not None and not wanted:
        _remove(ec2, str(there.id))


def fill(ec2: Backend, full: frozenset[str]) -> None:
    """No address is left in the subnets that are named, by themselves or by their zone; all are free in the others."""
    for subnet in ec2.describe_subnets():
        subnet._available_ip_addresses = subnet.cidr.num_addresses - _RESERVED
        if not full.isdisjoint({subnet.id, subnet.availability_zone}):
            subnet._available_ip_addresses -= subnet.available_ip_address_count


def room_for(ec2: Backend, subnet_id: str, count: int) -> None:
    """Refused where the subnet has fewer free addresses."""
    if ec2.get_subnet(subnet_id).available_ip_address_count < count:
        raise Refused(
            "InsufficientFreeAddressesInSubnet",
            f"There are not enough free addresses in subnet '{subnet_id}' to satisfy the requested number of"
            " instances.",
        )


def create_default_vpc(cloud: Cloud, call: Call) -> Answer:
    if call.ec2.get_default_vpc() is not None:
        raise Refused("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    return cloud.engine.tell(call.action, {"Vpc": _make(call.ec2)})


def create_default_subnet(cloud: Cloud, call: Call) -> Answer:
    ec2, zone = call.ec2, call.params.get("AvailabilityZone", "")
    if zone not in [one.name for one in ec2.describe_availability_zones()]:
        raise Refused("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    if ec2.get_default_vpc() is None:
        raise Refused("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
    if there := ec2.get_default_subnets().get(zone):
        raise Refused(
            "DefaultSubnetAlreadyExistsInAvailabilityZone", f"'{there.id}' is already the default subnet in {zone}."
        )
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    return cloud.engine.tell(call.action, {"Subnet": _make_subnet(ec2, zone)})


def create_subnet(cloud: Cloud, call: Call) -> Answer:
    """moto takes the first subnet in a zone for the default one, whose network it is."""
    before = {subnet.id for subnet in call.ec2.describe_subnets()}
    answer = cloud.engine.ask(call.request)
    for subnet in call.ec2.describe_subnets():
        if subnet.id not in before:
            subnet.default_for_az = subnet.map_public_ip_on_launch = False
            return cloud.engine.tell(call.action, {"Subnet": subnet})
    return answer


def _make(ec2: Backend) -> Backend:
    network = ec2.create_vpc(cidr_block="172.31.0.0/16", is_default=True)
    for zone in ec2.describe_availability_zones():
        _make_subnet(ec2, zone.name)
    open_to_the_internet(ec2)
    return network


def _make_subnet(ec2: Backend, zone: str) -> Backend:
    network = ec2.get_default_vpc()
    taken = [subnet.cidr for subnet in ec2.describe_subnets() if subnet.vpc_id == network.id]
    free = (
        block
        for block in ip_network(network.cidr_block).subnets(new_prefix=_PREFIX)
        if not any(block.overlaps(one) for one in taken)
    )
    subnet = ec2.create_subnet(network.id, str(next(free)), availability_zone=zone)
    subnet.default_for_az = subnet.map_public_ip_on_launch = True
    return subnet


def _remove(ec2: Backend, network: str) -> None:
    """With all that is in it, as its owner would have deleted it."""
    for subnets in ec2.subnets.values():
        for subnet_id in [one for one, subnet in subnets.items() if subnet.vpc_id == network]:
            del subnets[subnet_id]
    for resources in (ec2.route_tables, ec2.network_acls):
        for key in [key for key, one in resources.items() if one.vpc_id == network]:
            del resources[key]
    for key in [key for key, one in ec2.internet_gateways.items() if one.vpc and one.vpc.id == network]:
        del ec2.internet_gateways[key]
    ec2.groups.pop(network, None)
    del ec2.vpcs[network]
