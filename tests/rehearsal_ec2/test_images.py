"""The images that a GPU launch asks Systems Manager and EC2 for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudgpu.rehearsal.ec2.images import PUBLIC
from tests.rehearsal_ec2.bed import Bed, launch, named

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_every_public_parameter_names_an_image_of_that_region(bed: Bed, region: str) -> None:
    ssm, ec2 = bed.client("ssm", region), bed.client("ec2", region)
    for public in PUBLIC:
        found = ssm.get_parameter(Name=public.parameter)["Parameter"]["Value"]
        (image,) = ec2.describe_images(ImageIds=[found])["Images"]
        assert (image["Name"], image["Architecture"]) == (public.name, public.architecture)
        assert image["RootDeviceName"] == "/dev/sda1"
        assert image["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == public.snapshot_gb


def test_ids_differ_from_region_to_region(bed: Bed) -> None:
    assert bed.image() != bed.image(region="eu-central-1")


def test_a_line_that_does_not_exist(bed: Bed) -> None:
    with pytest.raises(ClientError) as refused:
        bed.client("ssm").get_parameter(Name="/aws/service/deeplearning/ami/x86_64/none/latest/ami-id")
    assert refused.value.response["Error"]["Code"] == "ParameterNotFound"


def test_they_are_found_by_owner_and_name_as_well(bed: Bed, ec2: EC2Client) -> None:
    wanted = [
        named("name", "Deep Learning Base AMI with Single CUDA (Ubuntu 24.04) *"),
        named("state", "available"),
        named("architecture", "x86_64"),
    ]
    for owner in ("898082745236", "amazon"):
        found = ec2.describe_images(Owners=[owner], Filters=wanted)["Images"]
        assert [one["ImageId"] for one in found] == [bed.image()]


def test_an_image_that_does_not_exist(ec2: EC2Client) -> None:
    with pytest.raises(ClientError) as refused:
        ec2.describe_images(ImageIds=["ami-0123456789abcdef0"])
    assert refused.value.response["Error"]["Code"] == "InvalidAMIID.NotFound"


def test_a_retired_line_has_no_parameter_and_no_image(bed: Bed, ec2: EC2Client) -> None:
    line, there = "base-with-single-cuda-ubuntu-24.04", bed.image()
    bed.front.configure({"images": {"retired": [line, "arm64/ubuntu-22.04"]}})
    for architecture in ("x86_64", "arm64"):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            bed.image(architecture)
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        ec2.describe_images(ImageIds=[there])
    ubuntu = "/aws/service/canonical/ubuntu/server/22.04/stable/current/{}/hvm/ebs-gp2/ami-id"
    assert bed.client("ssm").get_parameter(Name=ubuntu.format("amd64"))["Parameter"]["Value"]
    with pytest.raises(ClientError, match="ParameterNotFound"):
        bed.client("ssm").get_parameter(Name=ubuntu.format("arm64"))
    bed.front.configure({"images": None})
    assert bed.image() == there
    assert len(ec2.describe_images(ImageIds=[there])["Images"]) == 1


def test_an_image_of_one_s_own_is_as_large_as_its_root(bed: Bed, ec2: EC2Client) -> None:
    disk = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 120, "VolumeType": "gp3"}}]
    made = launch(bed, ec2, BlockDeviceMappings=disk)["InstanceId"]
    tags: Any = [
        {"ResourceType": kind, "Tags": [{"Key": "cloudgpu-name", "Value": "kept"}]} for kind in ("image", "snapshot")
    ]
    image = ec2.create_image(InstanceId=made, Name="mine-1", TagSpecifications=tags)["ImageId"]
    with pytest.raises(ClientError, match=r"InvalidAMIName\.Duplicate"):
        ec2.create_image(InstanceId=made, Name="mine-1")
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.create_image(InstanceId="i-0123456789abcdef0", Name="mine-2")
    (told,) = ec2.describe_images(Owners=["self"])["Images"]
    (mapping,) = told["BlockDeviceMappings"]
    assert (told["ImageId"], mapping["DeviceName"], mapping["Ebs"]["VolumeSize"]) == (image, "/dev/sda1", 120)
    (snapshot,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert snapshot["Tags"] == [{"Key": "cloudgpu-name", "Value": "kept"}]
    assert {"image", "snapshot"} <= bed.billed()
    with pytest.raises(ClientError, match=f"is currently in use by {image}"):
        ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])
    assert launch(bed, ec2, ImageId=image)["ImageId"] == image
    ec2.deregister_image(ImageId=image)
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])
    assert not {"image", "snapshot"} & bed.billed()
