"""Accounts without a default network, and networks of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal_ec2.bed import Bed, launch, named, until_state
from tests.rehearsal_ec2.test_permissions import refusal

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

DEFAULT = [named("is-default", "true")]


def test_an_account_without_a_default_network(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"default_vpc": False})
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert ec2.describe_subnets()["Subnets"] == []
    assert ec2.describe_internet_gateways()["InternetGateways"] == []
    assert ec2.describe_security_groups()["SecurityGroups"] == []
    assert ec2.describe_route_tables()["RouteTables"] == []
    assert refusal(lambda: launch(bed, ec2))[1] == "VPCIdNotSpecified"
    assert refusal(ec2.create_security_group, GroupName="x", Description="x")[1] == "VPCIdNotSpecified"
    zone = "us-east-1a"
    assert refusal(ec2.create_default_subnet, AvailabilityZone=zone)[1] == "DefaultVpcDoesNotExist"


def test_one_region_has_none_and_another_has(bed: Bed, ec2: EC2Client) -> None:
    west: EC2Client = bed.client("ec2", "us-west-1")
    bed.front.configure({"default_vpc": {"us-west-1": False}})
    assert west.describe_vpcs()["Vpcs"] == []
    assert len(ec2.describe_vpcs(Filters=DEFAULT)["Vpcs"]) == 1
    bed.front.configure({"default_vpc": None})
    assert len(west.describe_vpcs(Filters=DEFAULT)["Vpcs"]) == 1


def test_it_can_be_made_again_and_once_only(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"default_vpc": False})
    assert refusal(ec2.create_default_vpc, DryRun=True)[1] == "DryRunOperation"
    made = ec2.create_default_vpc()["Vpc"]
    assert (made["IsDefault"], made["CidrBlock"]) == (True, "172.31.0.0/16")
    assert refusal(ec2.create_default_vpc)[1] == "DefaultVpcAlreadyExists"
    subnets = ec2.describe_subnets(Filters=[named("default-for-az", "true")])["Subnets"]
    assert len({one["AvailabilityZone"] for one in subnets}) == len(subnets) == 6
    assert all(one["MapPublicIpOnLaunch"] and one["VpcId"] == made["VpcId"] for one in subnets)
    routes = ec2.describe_route_tables(Filters=[named("vpc-id", made["VpcId"])])["RouteTables"][0]["Routes"]
    assert any(one.get("GatewayId", "").startswith("igw-") for one in routes)
    until_state(ec2, launch(bed, ec2)["InstanceId"], "running")
    bed.front.configure({"capacity": None})
    assert len(ec2.describe_vpcs(Filters=DEFAULT)["Vpcs"]) == 1


def test_a_default_subnet_can_be_made_again(bed: Bed, ec2: EC2Client) -> None:
    zone = [named("availability-zone", "us-east-1b"), named("default-for-az", "true")]
    (there,) = ec2.describe_subnets(Filters=zone)["Subnets"]
    said = refusal(ec2.create_default_subnet, AvailabilityZone="us-east-1b")
    assert said[1] == "DefaultSubnetAlreadyExistsInAvailabilityZone"
    assert there["SubnetId"] in said[2]
    ec2.delete_subnet(SubnetId=there["SubnetId"])
    assert refusal(lambda: launch(bed, ec2, Placement={"AvailabilityZone": "us-east-1b"}))[1] == "MissingInput"
    assert refusal(ec2.create_default_subnet, AvailabilityZone="us-east-1z")[1] == "InvalidParameterValue"
    assert refusal(ec2.create_default_subnet, AvailabilityZone="us-east-1b", DryRun=True)[1] == "DryRunOperation"
    made = ec2.create_default_subnet(AvailabilityZone="us-east-1b")["Subnet"]
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (True, True)


def test_a_network_of_one_s_own_is_used_by_its_subnet(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"default_vpc": False})
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZone="us-east-1c")["Subnet"]
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (False, False)
    nic = {"DeviceIndex": 0, "SubnetId": made["SubnetId"], "AssociatePublicIpAddress": True}
    instance = until_state(ec2, launch(bed, ec2, NetworkInterfaces=[nic])["InstanceId"], "running")
    assert instance["VpcId"] == vpc
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1c"
    assert instance["PublicIpAddress"]
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    until_state(ec2, instance["InstanceId"], "terminated")
    ec2.delete_subnet(SubnetId=made["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)


def test_a_subnet_with_no_address_left(bed: Bed, ec2: EC2Client) -> None:
    (subnet,) = ec2.describe_subnets(Filters=[named("availability-zone", "us-east-1a")])["Subnets"]
    bed.front.configure({"full_subnets": [subnet["SubnetId"], "us-east-1b"]})
    told = {one["AvailabilityZone"]: one["AvailableIpAddressCount"] for one in ec2.describe_subnets()["Subnets"]}
    assert (told["us-east-1a"], told["us-east-1b"]) == (0, 0)
    assert told["us-east-1c"] > 4000
    _, code, words = refusal(lambda: launch(bed, ec2, SubnetId=subnet["SubnetId"]))
    assert code == "InsufficientFreeAddressesInSubnet"
    assert f"'{subnet['SubnetId']}'" in words
    bed.front.configure({"full_subnets": None})
    launch(bed, ec2, SubnetId=subnet["SubnetId"])


def test_a_small_subnet_fills_up(bed: Bed, ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/28", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    bed.front.configure({"quotas": {"L-DB2E81BA": 1000}})
    made = ec2.run_instances(
        ImageId=bed.image(), InstanceType="g4dn.xlarge", MinCount=11, MaxCount=11, SubnetId=subnet
    )["Instances"]
    assert refusal(lambda: launch(bed, ec2, SubnetId=subnet))[1] == "InsufficientFreeAddressesInSubnet"
    ids = [one["InstanceId"] for one in made]
    ec2.terminate_instances(InstanceIds=ids)
    for one in ids:
        until_state(ec2, one, "terminated")
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


@pytest.mark.parametrize("wanted", ["no", {"us-east-1": 1}, {"nowhere": True}])
def test_what_is_no_default_network(bed: Bed, wanted: object) -> None:
    with pytest.raises(ValueError, match=r"default_vpc|not the name"):
        bed.front.configure({"default_vpc": wanted})
