"""The public images that a GPU launch asks for: AWS' Deep Learning AMIs and Canonical's Ubuntu, and the parameters
of Systems Manager under which their newest build is found. Ids differ from region to region, as real ones do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cloudgpu.rehearsal.ec2.untyped import Backend, Image

_BUILT = datetime(2026, 11, 9)  # moto's times are naive UTC
_DLAMI_OWNER, _CANONICAL = "898082745236", "099720109477"
_MACHINE = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class _Public:
    """`line`: the series of builds that it is the newest of, the same for every architecture."""

    line: str
    parameter: str
    name: str
    owner: str
    architecture: str
    snapshot_gb: int


def _dlami(line: str, title: str, architecture: str, snapshot_gb: int) -> _Public:
    prefix = "" if architecture == "x86_64" else "ARM64 "
    return _Public(
        line,
        f"/aws/service/deeplearning/ami/{architecture}/{line}/latest/ami-id",
        f"Deep Learning {prefix}{title} {_BUILT:%Y%m%d}",
        _DLAMI_OWNER,
        architecture,
        snapshot_gb,
    )


def _ubuntu(version: str, code: str, architecture: str) -> _Public:
    machine = _MACHINE[architecture]
    storage = "ebs-gp3" if version == "24.04" else "ebs-gp2"
    disk = storage.removeprefix("ebs-")
    return _Public(
        f"ubuntu-{version}",
        f"/aws/service/canonical/ubuntu/server/{version}/stable/current/{machine}/hvm/{storage}/ami-id",
        f"ubuntu/images/hvm-ssd-{disk}/ubuntu-{code}-{version}-{machine}-server-{_BUILT:%Y%m%d}".replace(
            "ssd-gp2", "ssd"
        ),
        _CANONICAL,
        architecture,
        8,
    )


PUBLIC = tuple(
    image
    for architecture in ("x86_64", "arm64")
    for image in (
        *(
            _dlami(f"base-with-single-cuda-ubuntu-{v}", f"Base AMI with Single CUDA (Ubuntu {v})", architecture, 35)
            for v in ("22.04", "24.04")
        ),
        *(
            _dlami(
                f"base-oss-nvidia-driver-gpu-ubuntu-{v}",
                f"Base OSS Nvidia Driver GPU AMI (Ubuntu {v})",
                architecture,
                75,
            )
            for v in ("22.04", "24.04", "26.04")
        ),
        _ubuntu("22.04", "jammy", architecture),
        _ubuntu("24.04", "noble", architecture),
    )
)


def lines() -> frozenset[str]:
    """Of every architecture (`ubuntu-24.04`) and of one (`arm64/ubuntu-24.04`)."""
    return frozenset(name for public in PUBLIC for name in _names(public))


def _names(public: _Public) -> tuple[str, str]:
    return public.line, f"{public.architecture}/{public.line}"


def image_id(region: str, name: str) -> str:
    return f"ami-0{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:16]}"


def root_gb(image: Image) -> int:
    """The size of the snapshot that an image boots from: the least that its root volume can have."""
    return int(image.ebs_snapshot.volume.size)


def install(ec2: Backend, ssm: Backend, retired: frozenset[str] = frozenset()) -> None:
    """Put the images and their parameters into one region, without the lines that are retired."""
    from moto.ec2.models.amis import Ami

    Ami.block_device_mappings = property(_mappings)  # moto's says 15 GB of magnetic disk for every image
    for public in PUBLIC:
        found = image_id(ec2.region_name, public.name)
        if not retired.isdisjoint(_names(public)):
            ec2.amis.pop(found, None)
            ssm._parameters.pop(public.parameter, None)
        elif found not in ec2.amis:
            ec2.amis[found] = _image(ec2, found, public)
            ssm._parameters[public.parameter].append(_parameter(ec2, found, public))


def _image(ec2: Backend, found: str, public: _Public) -> Image:
    from moto.ec2.models.amis import Ami

    image = Ami(
        ec2,
        found,
        name=public.name,
        description=public.name,
        owner_id=public.owner,
        owner_alias="amazon",
        public=True,
        virtualization_type="hvm",
        architecture=public.architecture,
        creation_date=_BUILT,
        image_location=f"amazon/{public.name}",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name="/dev/sda1",
        region_name=f"{ec2.region_name}a",
    )
    image.ebs_snapshot.volume.size = public.snapshot_gb
    return image


def _parameter(ec2: Backend, found: str, public: _Public) -> Backend:
    from moto.ssm.models import Parameter

    return Parameter(
        account_id=ec2.account_id,
        name=public.parameter,
        value=found,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=_BUILT,
        version=1,
        data_type="aws:ec2:image",
    )


def _mappings(image: Image) -> list[dict[str, object]]:
    disk = {
        "SnapshotId": image.ebs_snapshot.id,
        "VolumeSize": root_gb(image),
        "DeleteOnTermination": True,
        "VolumeType": "gp3",
        "Encrypted": False,
    }
    return [{"DeviceName": image.root_device_name, "Ebs": disk}]
