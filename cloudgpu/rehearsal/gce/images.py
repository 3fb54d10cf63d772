"""Public images: the families of 2026-11 that have, or can be given, a GPU driver."""

from __future__ import annotations

from dataclasses import dataclass

from cloudgpu.rehearsal.gce.errors import not_found
from cloudgpu.rehearsal.gce.links import link, stable_id
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource


@dataclass(frozen=True, slots=True)
class Image:
    project: str
    family: str
    name: str
    size_gb: int

    @property
    def path(self) -> str:
        return f"projects/{self.project}/global/images/{self.name}"

    def resource(self) -> Resource:
        return {
            "kind": "compute#image",
            "id": stable_id(self.path),
            "creationTimestamp": "2026-11-04T00:00:00.000-08:00",
            "name": self.name,
            "description": f"{self.family}, as the rehearsal cloud has it",
            "sourceType": "RAW",
            "status": "READY",
            "archiveSizeBytes": str(self.size_gb * 10**8),
            "diskSizeGb": str(self.size_gb),
            "family": self.family,
            "architecture": "X86_64",
            "guestOsFeatures": [{"type": "UEFI_COMPATIBLE"}, {"type": "GVNIC"}, {"type": "VIRTIO_SCSI_MULTIQUEUE"}],
            "selfLink": link(self.path),
        }


_UBUNTU, _ACCELERATOR, _LEARNING = "ubuntu-os-cloud", "ubuntu-os-accelerator-images", "deeplearning-platform-release"
_DRIVER = "amd64-with-nvidia"
_IMAGES = (
    Image(_UBUNTU, "ubuntu-2204-lts", "ubuntu-2204-jammy-v20261104", 10),
    Image(_UBUNTU, "ubuntu-2404-lts-amd64", "ubuntu-2404-noble-amd64-v20261104", 10),
    Image(_UBUNTU, "ubuntu-2604-lts-amd64", "ubuntu-2604-amd64-v20261104", 10),
    Image(
        _ACCELERATOR, f"ubuntu-accelerator-2204-{_DRIVER}-580", f"ubuntu-accelerator-2204-{_DRIVER}-580-v20261104", 10
    ),
    Image(
        _ACCELERATOR, f"ubuntu-accelerator-2404-{_DRIVER}-580", f"ubuntu-accelerator-2404-{_DRIVER}-580-v20261104", 10
    ),
    Image(_LEARNING, "common-cu129-ubuntu-2204-nvidia-580", "common-cu129-ubuntu-2204-nvidia-580-v20261104", 50),
    Image(_LEARNING, "common-cu129-ubuntu-2404-nvidia-580", "common-cu129-ubuntu-2404-nvidia-580-v20261104", 50),
)
PROJECTS = frozenset(image.project for image in _IMAGES)


def find(project: str, name: str) -> Image:
    """`name`: an image, its numeric id, or `family/FAMILY`. ApiError 404."""
    for image in _IMAGES:
        if image.project == project and name in (image.name, f"family/{image.family}", stable_id(image.path)):
            return image
    raise not_found(f"projects/{project}/global/images/{name}")


def get(_cloud: Cloud, call: Call) -> Resource:
    return find(call.project, call.path["image"]).resource()


def get_from_family(_cloud: Cloud, call: Call) -> Resource:
    return find(call.project, f"family/{call.path['family']}").resource()
