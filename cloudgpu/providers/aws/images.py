"""The machine image: Amazon's Deep Learning AMI with driver and Docker, the newest of its line, looked up each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import PermissionError_, ProviderError
from cloudgpu.providers.aws.errors import aws_errors, code_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ImageTypeDef
    from mypy_boto3_ssm import SSMClient

# One CUDA toolkit first: its snapshot is half as big, and everything runs in a container anyway.
_LINES = (
    "base-with-single-cuda-ubuntu-24.04",
    "base-oss-nvidia-driver-gpu-ubuntu-24.04",
    "base-oss-nvidia-driver-gpu-ubuntu-22.04",
)
_NAMES = (
    "Deep Learning Base AMI with Single CUDA (Ubuntu 24.04) *",
    "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) *",
    "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *",
)
_X86: FilterTypeDef = {"Name": "architecture", "Values": ["x86_64"]}


@dataclass(frozen=True, slots=True)
class Image:
    """`snapshot_gb` is the least size of the root disk, `root` its device name."""

    id: str
    root: str
    snapshot_gb: int


def newest(ssm: SSMClient, ec2: EC2Client, region: str) -> Image:
    """The first line that the region has, by its public parameter; by name where parameters may not be read.

    ProviderError where there is none.
    """
    try:
        for line in _LINES:
            image_id = _parameter(ssm, region, f"/aws/service/deeplearning/ami/x86_64/{line}/latest/ami-id")
            found = _described(ec2, region, image_id) if image_id else None
            if found is not None:
                return found
    except PermissionError_:
        pass
    for name in _NAMES:
        found = _by_name(ec2, region, name)
        if found is not None:
            return found
    raise ProviderError(
        f"{region} has none of Amazon's GPU machine images.",
        remedy="Take another region: cloudgpu launch --region us-east-1",
        details="; ".join(_NAMES),
    )


def _parameter(ssm: SSMClient, region: str, path: str) -> str | None:
    with aws_errors(region):
        try:
            return ssm.get_parameter(Name=path)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise


def _described(ec2: EC2Client, region: str, image_id: str) -> Image | None:
    with aws_errors(region):
        try:
            found = ec2.describe_images(ImageIds=[image_id], Filters=[_X86])["Images"]
        except ClientError as error:
            if code_of(error) == "InvalidAMIID.NotFound":
                return None
            raise
    return _image(found[0]) if found else None


def _by_name(ec2: EC2Client, region: str, name: str) -> Image | None:
    with aws_errors(region):
        found = ec2.describe_images(
            Owners=["amazon"],
            Filters=[_X86, {"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}],
        )["Images"]
    return _image(max(found, key=lambda one: one["CreationDate"])) if found else None


def _image(told: ImageTypeDef) -> Image:
    root = told.get("RootDeviceName") or "/dev/sda1"
    disks = {one.get("DeviceName"): one.get("Ebs", {}) for one in told.get("BlockDeviceMappings", [])}
    return Image(told["ImageId"], root, disks.get(root, {}).get("VolumeSize", 0))
