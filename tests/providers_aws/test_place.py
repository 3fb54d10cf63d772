"""Machine images that are not as usual."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import ProviderError, Scope
from cloudgpu.model import Gpu, GpuRequest, Offer
from cloudgpu.providers.aws import images
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from cloudgpu.testing.contract import ref_of
from tests.providers_aws.cloud import Cloud, by_hand

SINGLE = "Deep Learning Base AMI with Single CUDA (Ubuntu {})"
OSS = "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu {})"


def newest(aws: Aws, region: str = "us-east-1", *, arm: bool = False, plain: bool = False) -> str:
    ec2 = by_hand(region)
    found = images.newest(aws._account.ssm(region), ec2, region, arm=arm, plain=plain)
    assert found.root == "/dev/sda1"
    (told,) = ec2.describe_images(ImageIds=[found.id])["Images"]
    assert told["Architecture"] == ("arm64" if arm else "x86_64")
    return told["Name"]


def test_the_small_image_is_taken_first(aws: Aws) -> None:
    assert newest(aws).startswith(SINGLE.format("24.04"))


def test_arm_machines_get_an_image_of_theirs(aws: Aws) -> None:
    assert "Single CUDA (Ubuntu 24.04)" in newest(aws, arm=True)


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        (1, SINGLE.format("22.04")),
        (2, OSS.format("24.04")),
        (3, OSS.format("22.04")),
        (4, SINGLE.format("24.04")),
    ],
)
def test_a_line_that_the_region_lacks_is_passed_over(aws: Aws, cloud: Cloud, missing: int, name: str) -> None:
    cloud.fault("GetParameter", times=missing, code="ParameterNotFound", message="", http_status=400)
    assert newest(aws).startswith(name)


def test_without_the_right_to_read_parameters_the_image_is_found_by_name(aws: Aws, cloud: Cloud) -> None:
    cloud.fault("GetParameter", code="AccessDeniedException", message="not authorized", http_status=400)
    assert newest(aws).startswith(SINGLE.format("24.04"))


def test_an_image_that_was_withdrawn_is_passed_over(aws: Aws, cloud: Cloud) -> None:
    cloud.fault("DescribeImages", code="InvalidAMIID.NotFound", message="does not exist", http_status=400)
    assert newest(aws).startswith(SINGLE.format("22.04"))


def test_where_amazon_has_none_plain_ubuntu_will_do_and_where_that_lacks_too_it_is_said(
    aws: Aws, t4: dict[str, Offer]
) -> None:
    region = by_hand("eu-north-1")
    deep = region.describe_images(Filters=[{"Name": "name", "Values": ["Deep Learning*"]}])["Images"]
    for image in deep:
        region.deregister_image(ImageId=image["ImageId"])
    assert "ubuntu-noble-24.04-amd64" in newest(aws, "eu-north-1")
    plain = region.describe_images(Filters=[{"Name": "name", "Values": ["ubuntu/*"]}])["Images"]
    for image in plain:
        region.deregister_image(ImageId=image["ImageId"])
    spec = samples.spec(replace(t4["us-east-1a"], region="eu-north-1", zone="eu-north-1a"))
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert "eu-north-1 has no machine image" in caught.value.brief
    assert (caught.value.scope, caught.value.remedy) == (
        Scope.REGION,
        "Take another region: cloudgpu launch --region us-east-1",
    )
    aws.destroy(ref_of(spec))


def test_plain_ubuntu_for_whoever_wants_it(aws: Aws) -> None:
    assert "ubuntu-noble-24.04-amd64" in newest(aws, plain=True)
    assert "ubuntu-noble-24.04-arm64" in newest(aws, arm=True, plain=True)


def test_a_gpu_that_amazons_driver_is_too_new_for_gets_plain_ubuntu_whose_driver_is_chosen_on_the_machine(
    aws: Aws, cloud: Cloud
) -> None:
    cloud.configure(quotas={"L-417A185B": 96})
    (offer, *_) = aws.offers(GpuRequest(gpu=Gpu("V100", 8), regions=("us-east-1",)))
    spec = samples.spec(offer)
    try:
        made = aws.create(spec)
        (told,) = by_hand("us-east-1").describe_instances(InstanceIds=[str(made.ref.id)])["Reservations"][0][
            "Instances"
        ]
        (image,) = by_hand("us-east-1").describe_images(ImageIds=[told["ImageId"]])["Images"]
    finally:
        aws.destroy(ref_of(spec))
        cloud.configure(quotas=None)
    assert "ubuntu-noble-24.04-amd64" in image["Name"]
