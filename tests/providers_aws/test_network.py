"""Networks that are not as usual, and the one that is made where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import NetworkError, Scope
from cloudgpu.model import Network, Offer, Origin
from cloudgpu.protocols import HasNetworks
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from cloudgpu.testing.contract import ref_of
from tests.providers_aws.cloud import Cloud, by_hand

REGION = "us-east-1"


@pytest.fixture
def fresh(aws: Aws) -> Aws:
    """Another object for the same account: what it asked once is not known yet."""
    return Aws(Origin("aws"))


@pytest.fixture
def bare(cloud: Cloud) -> Iterator[str]:
    """A region without a default VPC."""
    cloud.configure(default_vpc={"eu-west-3": False})
    yield "eu-west-3"
    cloud.configure(default_vpc=None)


@pytest.fixture
def vpc(aws: Aws) -> Iterator[str]:
    """A VPC called `lab` with a public subnet in us-east-1b, and a private one there and in us-east-1c."""
    ec2 = by_hand(REGION)
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "Name", "Value": "lab"}])
    public, *private = (
        ec2.create_subnet(VpcId=made, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate(("us-east-1b", "us-east-1b", "us-east-1c"))
    )
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made)
    table = ec2.create_route_table(VpcId=made)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    link = ec2.associate_route_table(RouteTableId=table, SubnetId=public)["AssociationId"]
    yield made
    ec2.disassociate_route_table(AssociationId=link)
    for subnet in (public, *private):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=made)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=made)


def subnets(vpc: str, zone: str) -> list[str]:
    filters = {"vpc-id": vpc, "availability-zone": zone}
    told = by_hand(REGION).describe_subnets(Filters=[{"Name": k, "Values": [v]} for k, v in filters.items()])
    return [one["SubnetId"] for one in told["Subnets"]]


def plugged_into(instance_id: str | None) -> str:
    assert instance_id
    (told,) = by_hand(REGION).describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
    return told["SubnetId"]


def test_a_named_vpc_is_used_by_its_subnet_that_leads_to_the_internet(
    fresh: Aws, t4: dict[str, Offer], vpc: str
) -> None:
    assert isinstance(fresh, HasNetworks)
    network = fresh.network(Network("lab"), t4["us-east-1b"])
    assert network == fresh.network(Network(vpc), t4["us-east-1b"]) == Network(vpc)
    spec = replace(samples.spec(t4["us-east-1b"]), network=network)
    made = fresh.create(spec)
    assert plugged_into(made.ref.id) == subnets(vpc, "us-east-1b")[0]
    with pytest.raises(NetworkError) as caught:
        fresh.create(replace(spec, offer=t4["us-east-1c"]))
    assert caught.value.scope is Scope.ZONE
    assert caught.value.brief == f"{vpc} has no subnet with a way to the internet in us-east-1c."
    private = subnets(vpc, "us-east-1c")[0]
    assert caught.value.remedy.startswith(f"cloudgpu launch --subnet {private} --zone us-east-1c")
    with pytest.raises(NetworkError) as caught:
        fresh.create(replace(spec, offer=t4["us-east-1d"]))
    assert (caught.value.scope, caught.value.brief) == (Scope.ZONE, f"{vpc} has no subnet in us-east-1d.")
    fresh.destroy(made.ref)


def test_a_named_subnet_is_taken_as_it_is_and_only_its_zone_will_do(fresh: Aws, t4: dict[str, Offer], vpc: str) -> None:
    private = subnets(vpc, "us-east-1c")[0]
    network = fresh.network(Network(subnet=private), t4["us-east-1a"])
    assert network == Network(vpc, private) == fresh.network(network, t4["us-east-1c"])
    spec = replace(samples.spec(t4["us-east-1a"]), network=network)
    with pytest.raises(NetworkError) as caught:
        fresh.create(spec)
    assert (caught.value.scope, caught.value.remedy) == (
        Scope.ZONE,
        f"cloudgpu launch --subnet {private} --zone us-east-1c",
    )
    made = fresh.create(replace(spec, offer=t4["us-east-1c"]))
    assert plugged_into(made.ref.id) == private
    fresh.destroy(made.ref)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Network("lab-2"), "us-east-1 has no VPC 'lab-2'."),
        (Network(subnet="subnet-0badc0de"), "us-east-1 has no subnet 'subnet-0badc0de'."),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    fresh: Aws, t4: dict[str, Offer], vpc: str, wanted: Network, words: str
) -> None:
    with pytest.raises(NetworkError) as caught:
        fresh.network(wanted, t4["us-east-1a"])
    assert (caught.value.brief, caught.value.scope) == (words, Scope.REGION)
    assert vpc in caught.value.details or subnets(vpc, "us-east-1c")[0] in caught.value.details
    assert "--region us-east-1" in caught.value.remedy


def test_a_subnet_of_another_vpc_than_the_named_one(fresh: Aws, t4: dict[str, Offer], vpc: str) -> None:
    with pytest.raises(NetworkError) as caught:
        usual = by_hand(REGION).describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        fresh.network(Network("lab", usual[0]["SubnetId"]), t4["us-east-1a"])
    assert caught.value.brief == f"Subnet {usual[0]['SubnetId']} is not in lab."


def test_without_the_right_to_look_at_routes_any_subnet_of_the_vpc_will_do(
    fresh: Aws, cloud: Cloud, t4: dict[str, Offer], vpc: str
) -> None:
    cloud.fault("DescribeRouteTables", code="UnauthorizedOperation", message="You are not authorized.", http_status=403)
    spec = replace(samples.spec(t4["us-east-1c"]), network=Network(vpc))
    made = fresh.create(spec)
    assert plugged_into(made.ref.id) == subnets(vpc, "us-east-1c")[0]
    fresh.destroy(made.ref)


def test_a_zone_without_a_default_subnet_is_no_place_and_making_the_network_makes_one(
    fresh: Aws, t4: dict[str, Offer]
) -> None:
    ec2 = by_hand(REGION)
    (subnet,) = ec2.describe_subnets(
        Filters=[
            {"Name": "availability-zone", "Values": ["us-east-1f"]},
            {"Name": "default-for-az", "Values": ["true"]},
        ]
    )["Subnets"]
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    spec = samples.spec(t4["us-east-1f"])
    with pytest.raises(NetworkError) as caught:
        fresh.create(spec)
    assert caught.value.scope is Scope.ZONE
    assert caught.value.remedy == "aws ec2 create-default-subnet --region us-east-1 --availability-zone us-east-1f"
    assert fresh.make_network(t4["us-east-1f"]) == Network("default")
    made = fresh.create(spec)
    assert made.ref.zone == "us-east-1f"
    fresh.destroy(made.ref)


def test_an_account_without_a_default_vpc_is_told_how_to_make_one_or_has_it_made(
    fresh: Aws, t4: dict[str, Offer], bare: str
) -> None:
    offer = replace(t4["us-east-1a"], region=bare, zone=f"{bare}a")
    spec = samples.spec(offer)
    for ask in (lambda: fresh.network(Network(), offer), lambda: fresh.create(spec)):
        with pytest.raises(NetworkError) as caught:
            ask()
        assert (caught.value.brief, caught.value.scope) == (f"The account has no default VPC in {bare}.", Scope.REGION)
        assert caught.value.remedy.startswith(f"aws ec2 create-default-vpc --region {bare}")
    assert fresh.make_network(offer) == Network("default") == fresh.make_network(offer)
    made = fresh.create(spec)
    fresh.destroy(ref_of(spec))
    assert made.ref.zone == f"{bare}a"
