"""What is left of a launch, wherever it is and whoever made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import CapacityError, ProviderError
from cloudgpu.model import InstanceSpec, Offer, Origin
from cloudgpu.providers.aws import removal
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from cloudgpu.testing.contract import ref_of
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_launch import groups


@pytest.fixture
def spec(t4: dict[str, Offer]) -> InstanceSpec:
    return samples.spec(t4["us-east-1a"])


@pytest.fixture
def strewn(aws: Aws, spec: InstanceSpec) -> Iterator[list[str]]:
    """One of each kind that costs money or hinders, far away and marked as the launch's."""
    ec2 = by_hand("eu-west-2")
    mark = [{"Key": "cloudgpu-launch-id", "Value": spec.launch_id}]
    disk = ec2.create_volume(AvailabilityZone="eu-west-2a", Size=10)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    address = ec2.allocate_address(Domain="vpc")
    image = ec2.register_image(Name=f"kept-{spec.launch_id}", RootDeviceName="/dev/sda1")["ImageId"]
    template = ec2.create_launch_template(
        LaunchTemplateName=f"kept-{spec.launch_id}", LaunchTemplateData={"InstanceType": "g4dn.xlarge"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    kept = [disk, snapshot, address["AllocationId"], image, template, interface]
    ec2.create_tags(Resources=kept, Tags=mark)  # type: ignore[arg-type]  # a literal, typed as any dict of texts
    yield [disk, snapshot, address["PublicIp"], image, template, interface]
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_launch_template(LaunchTemplateId=template)
    ec2.deregister_image(ImageId=image)
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.delete_snapshot(SnapshotId=snapshot)


def test_everything_that_bears_the_mark_is_told_wherever_it_is(aws: Aws, spec: InstanceSpec, strewn: list[str]) -> None:
    lines = list(aws.leftovers(spec.launch_id))
    assert [next(line for line in lines if one in line).partition(one)[0] for one in strewn] == [
        "disk ", "snapshot ", "address ", "machine image ", "launch template ", "network interface ",
    ]  # fmt: skip
    assert all("eu-west-2" in line for line in lines)
    assert len(lines) == len(strewn)
    by_hand("eu-west-2").delete_volume(VolumeId=strewn[0])
    assert len(aws.leftovers(spec.launch_id)) == len(strewn) - 1


def test_what_may_not_be_listed_and_no_launch_makes_counts_as_not_there(
    aws: Aws, cloud: Cloud, spec: InstanceSpec, strewn: list[str]
) -> None:
    deny = {"code": "UnauthorizedOperation", "message": "You are not authorized.", "http_status": 403}
    cloud.fault("DescribeTags", times=-1, **deny)  # type: ignore[arg-type]  # a rule takes anything
    assert len(aws.leftovers(spec.launch_id)) == len(strewn), "each kind is asked for by itself then"
    cloud.fault("DescribeSnapshots", times=-1, **deny)  # type: ignore[arg-type]  # as above
    assert len(aws.leftovers(spec.launch_id)) == len(strewn) - 1
    cloud.world.faults.clear()
    by_hand("eu-west-2").delete_volume(VolumeId=strewn[0])


def test_a_firewall_in_a_region_that_was_only_asked_goes_with_the_launch(
    aws: Aws, cloud: Cloud, spec: InstanceSpec, t4: dict[str, Offer]
) -> None:
    """Also when another process, which knows nothing of that region, removes it."""
    elsewhere = replace(spec, offer=replace(spec.offer, region="us-west-2", zone="us-west-2a"))
    cloud.fault("RunInstances", code="InsufficientInstanceCapacity", http_status=500, times=2)
    for one in (elsewhere, spec):
        with pytest.raises(CapacityError):
            aws.create(one)
    assert [len(groups(aws, one)) for one in (elsewhere, spec)] == [1, 1]
    assert [line.split()[:2] for line in aws.leftovers(spec.launch_id)] == [["security", "group"]] * 2
    Aws(Origin("aws")).destroy(ref_of(spec))
    assert list(aws.leftovers(spec.launch_id)) == []


def test_without_a_region_the_launch_is_removed_wherever_it_is(aws: Aws, spec: InstanceSpec) -> None:
    made = aws.create(spec)
    aws.destroy(replace(ref_of(spec), region="", zone=""))
    assert aws.find(made.ref) is None
    assert list(aws.leftovers(spec.launch_id)) == []


def test_what_somebody_else_plugged_into_the_firewall_keeps_it_and_that_is_said(
    aws: Aws, spec: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.create(spec)
    ec2 = by_hand("us-east-1")
    (group,) = groups(aws, spec)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
    try:
        with monkeypatch.context() as patch, pytest.raises(ProviderError) as caught:
            patch.setattr(removal, "_GONE_WITHIN", 1.0)
            aws.destroy(ref_of(spec))
        assert caught.value.remedy.endswith(f"cloudgpu destroy {spec.name}")
        assert [line.split()[:2] for line in aws.leftovers(spec.launch_id)] == [["security", "group"]]
    finally:
        ec2.delete_network_interface(NetworkInterfaceId=interface)
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []
