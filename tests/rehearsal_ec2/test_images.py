"""The images that a GPU launch asks Systems Manager and EC2 for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from cloudgpu.rehearsal.ec2.images import PUBLIC
from tests.rehearsal_ec2.bed import Bed, named

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
