"""Machine images and networks that are not as usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import ProviderError, UnsupportedError
from cloudgpu.model import Offer
from cloudgpu.providers.aws import images
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_launch import groups


def newest(aws: Aws) -> str:
    ec2 = by_hand("us-east-1")
    found = images.newest(aws._account.ssm("us-east-1"), ec2, "us-east-1")
    assert found.root == "/dev/sda1"
    return ec2.describe_images(ImageIds=[found.id])["Images"][0]["Name"]


def test_the_small_image_is_taken_first(aws: Aws) -> None:
    assert newest(aws).startswith("Deep Learning Base AMI with Single CUDA (Ubuntu 24.04)")


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        (1, "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)"),
        (2, "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)"),
        (3, "Deep Learning Base AMI with Single CUDA (Ubuntu 24.04)"),
    ],
)
def test_a_line_that_the_region_lacks_is_passed_over(aws: Aws, cloud: Cloud, missing: int, name: str) -> None:
    cloud.fault("GetParameter", times=missing, code="ParameterNotFound", message="", http_status=400)
    assert newest(aws).startswith(name)


def test_without_the_right_to_read_parameters_the_image_is_found_by_name(aws: Aws, cloud: Cloud) -> None:
    cloud.fault("GetParameter", code="AccessDeniedException", message="not authorized", http_status=400)
    assert newest(aws).startswith("Deep Learning Base AMI with Single CUDA (Ubuntu 24.04)")


def test_an_image_that_was_withdrawn_is_passed_over(aws: Aws, cloud: Cloud) -> None:
    cloud.fault("DescribeImages", code="InvalidAMIID.NotFound", message="does not exist", http_status=400)
    assert newest(aws).startswith("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)")


def test_a_region_without_images_is_said_and_nothing_is_left(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    region = by_hand("us-west-2")
    ours = [one["ImageId"] for one in region.describe_images(Owners=["amazon"])["Images"] if "Deep" in one["Name"]]
    for image in ours:
        region.deregister_image(ImageId=image)
    spec = samples.spec(replace(t4["us-east-1a"], region="us-west-2", zone="us-west-2b"))
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert "us-west-2 has none" in caught.value.brief
    assert groups(aws, spec) == []


def test_a_zone_without_a_subnet_is_no_place_and_the_remedy_makes_one(aws: Aws, t4: dict[str, Offer]) -> None:
    ec2 = by_hand("us-east-1")
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1f"]}])["Subnets"]
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    with pytest.raises(UnsupportedError) as caught:
        aws.create(samples.spec(t4["us-east-1f"]))
    assert caught.value.remedy == ("aws ec2 create-default-subnet --region us-east-1 --availability-zone us-east-1f")


def test_an_account_without_a_default_vpc_is_told_how_to_make_one(aws: Aws, t4: dict[str, Offer]) -> None:
    ec2 = by_hand("us-west-2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(ProviderError) as caught:
        aws.create(samples.spec(replace(t4["us-east-1a"], region="us-west-2", zone="us-west-2b")))
    assert "no default VPC in us-west-2" in caught.value.brief
    assert caught.value.remedy == "aws ec2 create-default-vpc --region us-west-2"
