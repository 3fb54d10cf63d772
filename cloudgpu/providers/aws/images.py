"""The machine image: Amazon's Deep Learning AMI with driver and Docker, the newest of its line, looked up each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import PermissionError_, ProviderError, Scope
from cloudgpu.providers.aws.errors import aws_errors, code_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ImageTypeDef
    from mypy_boto3_ssm import SSMClient

# One CUDA toolkit first: its snapshot is half as big, and everything runs in a container anyway.
_LINES = {
    "base-with-single-cuda-ubuntu-24.04": "Base AMI with Single CUDA (Ubuntu 24.04)",
    "base-with-single-cuda-ubuntu-22.04": "Base AMI with Single CUDA (Ubuntu 22.04)",
    "base-oss-nvidia-driver-gpu-ubuntu-24.04": "Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)",
    "base-oss-nvidia-driver-gpu-ubuntu-22.04": "Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)",
}
# Without driver and Docker, which the startup script then brings. Last, because that takes minutes.
_PLAIN = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
_PLAIN_NAME = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{}-server-*"
# Amazon's images have the open kernel modules, and these drive Turing and later
TOO_OLD = frozenset({"V100"})
_AMAZON, _CANONICAL = "amazon", "099720109477"


@dataclass(frozen=True, slots=True)
class Image:
    """`snapshot_gb` is the least size of the root disk, `root` its device name."""

    id: str
    root: str
    snapshot_gb: int


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What one region has for one kind of processor."""

    ssm: SSMClient
    ec2: EC2Client
    region: str
    architecture: str


def newest(ssm: SSMClient, ec2: EC2Client, region: str, *, arm: bool = False, plain: bool = False) -> Image:
    """The first line that the region has for this processor, by its public parameter; by name where parameters may not
    be read or say nothing; plain Ubuntu where there is no other, or where that is wanted. ProviderError, for the
    region, where there is none.
    """
    shelf = _Shelf(ssm, ec2, region, "arm64" if arm else "x86_64")
    found = next(_plain(shelf) if plain else _found(shelf), None)
    if found is not None:
        return found
    error = ProviderError(
        f"{region} has no machine image for {'ARM' if arm else 'x86'} machines: neither Amazon's with GPU drivers nor "
        "Canonical's.",
        remedy="Take another region: cloudgpu launch --region us-east-1",
        details="; ".join(_LINES),
    )
    error.scope = Scope.REGION
    raise error


def _found(shelf: _Shelf) -> Iterator[Image]:
    deep = [f"/aws/service/deeplearning/ami/{shelf.architecture}/{line}/latest/ami-id" for line in _LINES]
    yield from _by_parameters(shelf, deep)
    for title in _LINES.values():
        yield from _by_name(shelf, _AMAZON, f"Deep Learning *{title} *")
    yield from _plain(shelf)


def _plain(shelf: _Shelf) -> Iterator[Image]:
    plain = "arm64" if shelf.architecture == "arm64" else "amd64"
    yield from _by_parameters(shelf, [_PLAIN.format(plain)])
    yield from _by_name(shelf, _CANONICAL, _PLAIN_NAME.format(plain))


def _by_parameters(shelf: _Shelf, paths: list[str]) -> Iterator[Image]:
    """Nothing where parameters may not be read."""
    with suppress(PermissionError_):
        for path in paths:
            image_id = _parameter(shelf, path)
            if image_id:
                yield from _described(shelf, image_id)


def _parameter(shelf: _Shelf, path: str) -> str | None:
    with aws_errors(shelf.region):
        try:
            return shelf.ssm.get_parameter(Name=path)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise


def _described(shelf: _Shelf, image_id: str) -> list[Image]:
    with aws_errors(shelf.region):
        try:
            found = shelf.ec2.describe_images(ImageIds=[image_id])["Images"]
        except ClientError as error:
            if code_of(error) == "InvalidAMIID.NotFound":
                return []
            raise
    return [_image(one) for one in found if one.get("Architecture") == shelf.architecture]


def _by_name(shelf: _Shelf, owner: str, name: str) -> list[Image]:
    with aws_errors(shelf.region):
        found = shelf.ec2.describe_images(
            Owners=[owner],
            Filters=[
                {"Name": "architecture", "Values": [shelf.architecture]},
                {"Name": "name", "Values": [name]},
                {"Name": "state", "Values": ["available"]},
            ],
        )["Images"]
    return [_image(max(found, key=lambda one: one.get("CreationDate", "")))] if found else []


def _image(told: ImageTypeDef) -> Image:
    root = told.get("RootDeviceName") or "/dev/sda1"
    disks = {one.get("DeviceName"): one.get("Ebs", {}) for one in told.get("BlockDeviceMappings", [])}
    return Image(told["ImageId"], root, disks.get(root, {}).get("VolumeSize", 0))
