"""Google's public images of 2026-11 that have, or can be given, a GPU driver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudgpu.rehearsal.gce.links import link, stable_id

X86, ARM = "X86_64", "ARM64"
_UBUNTU, _ACCELERATOR, _LEARNING = "ubuntu-os-cloud", "ubuntu-os-accelerator-images", "deeplearning-platform-release"
_DEBIAN = "debian-cloud"
_NEW, _OLD = "v20261104", "v20261007"
# project, family, name without its date, GB
_PLAIN = (
    (_UBUNTU, "ubuntu-2204-lts", "ubuntu-2204-jammy", 10),
    (_UBUNTU, "ubuntu-2204-lts-arm64", "ubuntu-2204-jammy-arm64", 10),
    (_UBUNTU, "ubuntu-2404-lts-amd64", "ubuntu-2404-noble-amd64", 10),
    (_UBUNTU, "ubuntu-2404-lts-arm64", "ubuntu-2404-noble-arm64", 10),
    (_UBUNTU, "ubuntu-2604-lts-amd64", "ubuntu-2604-amd64", 10),
    (_UBUNTU, "ubuntu-2604-lts-arm64", "ubuntu-2604-arm64", 10),
    (_DEBIAN, "debian-12", "debian-12-bookworm", 10),
    (_DEBIAN, "debian-12-arm64", "debian-12-bookworm-arm64", 10),
)
# families whose images have the name of their family
_DRIVERS = (
    *(f"ubuntu-accelerator-2204-amd64-with-nvidia-{driver}" for driver in (570, 580)),
    *(f"ubuntu-accelerator-2404-amd64-with-nvidia-{driver}" for driver in (570, 580, 595)),
    *(f"ubuntu-accelerator-2404-arm64-with-nvidia-{driver}" for driver in (580, 595)),
)
_DEEP = (
    "common-cu129-ubuntu-2204-nvidia-580",
    "common-cu129-ubuntu-2404-nvidia-580",
    "pytorch-2-9-cu129-ubuntu-2204-nvidia-580",
    "pytorch-2-9-cu129-ubuntu-2404-nvidia-580",
)
# past the end of their support: every image of theirs is deprecated
_PAST = ("common-cu128-ubuntu-2204-nvidia-570", "pytorch-2-7-cu128-ubuntu-2204-nvidia-570")
PROJECTS = frozenset({_UBUNTU, _ACCELERATOR, _LEARNING, _DEBIAN})


@dataclass(frozen=True, slots=True)
class Public:
    """`successor`: the name of the image to use instead, of one that is deprecated; `current`: it is not."""

    project: str
    family: str
    name: str
    size_gb: int
    current: bool = True
    successor: str = ""

    @property
    def path(self) -> str:
        return f"projects/{self.project}/global/images/{self.name}"

    def resource(self) -> dict[str, Any]:
        since = "2026-11-04" if self.name.endswith(_NEW) else "2026-10-07"
        return {
            "kind": "compute#image",
            "id": stable_id(self.path),
            "creationTimestamp": f"{since}T00:00:00.000-08:00",
            "name": self.name,
            "description": f"{self.family}, as the rehearsal cloud has it",
            "sourceType": "RAW",
            "status": "READY",
            "archiveSizeBytes": str(self.size_gb * 10**8),
            "diskSizeGb": str(self.size_gb),
            "family": self.family,
            "architecture": ARM if "arm64" in self.family else X86,
            "guestOsFeatures": [{"type": "UEFI_COMPATIBLE"}, {"type": "GVNIC"}, {"type": "VIRTIO_SCSI_MULTIQUEUE"}],
            "storageLocations": ["asia", "eu", "us"],
            **({} if self.current else {"deprecated": self._deprecation()}),
            "selfLink": link(self.path),
        }

    def _deprecation(self) -> dict[str, Any]:
        told: dict[str, Any] = {"state": "DEPRECATED", "deprecated": "2026-11-04T00:00:00.000-08:00"}
        if self.successor:
            told["replacement"] = link(f"projects/{self.project}/global/images/{self.successor}")
        return told


def _rows() -> Iterator[tuple[str, str, str, int]]:
    yield from _PLAIN
    yield from ((_ACCELERATOR, family, family, 10) for family in _DRIVERS)
    yield from ((_LEARNING, family, family, 50) for family in (*_DEEP, *_PAST))


@cache
def shelf() -> tuple[Public, ...]:
    """All; of each family the newest and the one before, which is deprecated since."""
    found = []
    for project, family, stem, size_gb in _rows():
        past = family in _PAST
        found.append(Public(project, family, f"{stem}-{_NEW}", size_gb, current=not past))
        successor = "" if past else f"{stem}-{_NEW}"
        found.append(Public(project, family, f"{stem}-{_OLD}", size_gb, current=False, successor=successor))
    return tuple(found)


def families() -> frozenset[str]:
    return frozenset(image.family for image in shelf())
