"""Everything that can be left behind is listed by its tag, and billed where it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal_ec2.bed import Bed, named

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

KEY = "cloudgpu-launch-id"


def marked(kind: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": KEY, "Value": "k3v9"}]}]}


@pytest.fixture
def strays(bed: Bed, ec2: EC2Client) -> Iterator[dict[str, str]]:
    zone = "us-east-1a"
    (subnet,) = ec2.describe_subnets(Filters=[named("availability-zone", zone), named("default-for-az", "true")])[
        "Subnets"
    ]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=10, VolumeType="gp3", **marked("volume"))["VolumeId"]
    plain = ec2.create_volume(AvailabilityZone=zone, Size=10, VolumeType="gp3")["VolumeId"]
    template: Any = ec2.create_launch_template(
        LaunchTemplateName="stray", LaunchTemplateData={"InstanceType": "g5.xlarge"}, **marked("launch-template")
    )
    made = {
        "volume": volume,
        "snapshot": ec2.create_snapshot(VolumeId=volume, **marked("snapshot"))["SnapshotId"],
        "address": ec2.allocate_address(**marked("elastic-ip"))["AllocationId"],
        "group": ec2.create_security_group(GroupName="stray", Description="x", **marked("security-group"))["GroupId"],
        "template": template["LaunchTemplate"]["LaunchTemplateId"],
        "interface": ec2.create_network_interface(SubnetId=subnet["SubnetId"], **marked("network-interface"))[
            "NetworkInterface"
        ]["NetworkInterfaceId"],
    }
    yield made
    ec2.delete_network_interface(NetworkInterfaceId=made["interface"])
    ec2.delete_launch_template(LaunchTemplateId=made["template"])
    ec2.delete_security_group(GroupId=made["group"])
    ec2.release_address(AllocationId=made["address"])
    ec2.delete_snapshot(SnapshotId=made["snapshot"])
    for one in (volume, plain):
        ec2.delete_volume(VolumeId=one)
    assert bed.billed() == set()


LISTINGS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "volume": ("describe_volumes", "Volumes", "VolumeId", {}),
    "snapshot": ("describe_snapshots", "Snapshots", "SnapshotId", {"OwnerIds": ["self"]}),
    "address": ("describe_addresses", "Addresses", "AllocationId", {}),
    "group": ("describe_security_groups", "SecurityGroups", "GroupId", {}),
    "template": ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", {}),
    "interface": ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", {}),
}


def test_each_is_found_by_its_tag_and_by_no_other(bed: Bed, ec2: EC2Client, strays: dict[str, str]) -> None:
    for kind, (call, rows, number, how) in LISTINGS.items():
        for wanted, found in (
            (named(f"tag:{KEY}", "k3v9"), [strays[kind]]),
            (named(f"tag:{KEY}", "k3*", "x"), [strays[kind]]),
            (named("tag-key", KEY), [strays[kind]]),
            (named(f"tag:{KEY}", "other"), []),
            (named("tag:other", "k3v9"), []),
        ):
            told = getattr(ec2, call)(**how, Filters=[wanted])[rows]
            assert [one[number] for one in told] == found, (kind, wanted)
    assert bed.billed() == {"disk", "snapshot", "address"}


def test_snapshots_of_others_are_not_one_s_own(bed: Bed, ec2: EC2Client, strays: dict[str, str]) -> None:
    (own,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert own["SnapshotId"] == strays["snapshot"]
    assert len(ec2.describe_snapshots(OwnerIds=["amazon"])["Snapshots"]) > 10
