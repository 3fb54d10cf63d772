"""What is for sale where, and for how much: `cloudgpu.data` read the way Compute Engine tells it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cloudgpu.data import table

_HOURS_A_MONTH = 730
# USD for a GB and month, us-central1: facts of 2026-11
DISK_TYPES = {
    "pd-standard": Decimal("0.04"),
    "pd-balanced": Decimal("0.10"),
    "pd-ssd": Decimal("0.17"),
    "hyperdisk-balanced": Decimal("0.08"),
}
_FULL_NAMES = {
    "nvidia-tesla-t4": "Tesla T4",
    "nvidia-tesla-p4": "Tesla P4",
    "nvidia-tesla-p100": "Tesla P100-PCIE-16GB",
    "nvidia-tesla-v100": "Tesla V100-SXM2-16GB",
    "nvidia-l4": "NVIDIA L4",
    "nvidia-tesla-a100": "NVIDIA A100-SXM4-40GB",
    "nvidia-a100-80gb": "NVIDIA A100-SXM4-80GB",
    "nvidia-h100-80gb": "NVIDIA H100 80GB HBM3",
    "nvidia-h100-mega-80gb": "NVIDIA H100 80GB HBM3",
    "nvidia-h200-141gb": "NVIDIA H200",
    "nvidia-b200": "NVIDIA B200",
    "nvidia-rtx-pro-6000": "NVIDIA RTX PRO 6000 Blackwell Server Edition",
}
_ARM = frozenset({"a4x", "c4a", "n4a", "t2a"})
# accelerators that an N1 machine can be given: how many -> at most this many vCPUs
ATTACHABLE = {
    "nvidia-tesla-t4": {1: 48, 2: 48, 4: 96},
    "nvidia-tesla-p4": {1: 24, 2: 48, 4: 96},
    "nvidia-tesla-p100": {1: 16, 2: 32, 4: 96},
    "nvidia-tesla-v100": {1: 12, 2: 24, 4: 48, 8: 96},
}


@dataclass(frozen=True, slots=True)
class MachineType:
    """`hourly` and `hourly_spot` in USD, with the GPUs that are part of it (`accelerator`, `gpu_count`)."""

    name: str
    vcpus: int
    memory_mb: int
    accelerator: str
    gpu_count: int
    local_ssd_gb: int
    hourly: Decimal
    hourly_spot: Decimal

    @property
    def family(self) -> str:
        return self.name.partition("-")[0]

    @property
    def architecture(self) -> str:
        return "ARM64" if self.family in _ARM else "X86_64"


def region_of(zone: str) -> str:
    return zone.rpartition("-")[0]


@cache
def zones() -> tuple[str, ...]:
    """All zones that there are here: those with a GPU."""
    return tuple(sorted({row["zone"] for row in table("gcp_gpu_zones")}))


@cache
def regions() -> tuple[str, ...]:
    return tuple(sorted({region_of(zone) for zone in zones()}))


@cache
def accelerators() -> dict[str, tuple[str, ...]]:
    """Zone -> the accelerator types that it has."""
    offered: dict[str, set[str]] = defaultdict(set)
    for row in table("gcp_gpu_zones"):
        offered[row["zone"]].add(row["accelerator"].partition("(")[0])
    return {zone: tuple(sorted(kinds)) for zone, kinds in offered.items()}


@cache
def machine_types() -> dict[str, dict[str, MachineType]]:
    """Zone -> name -> machine type; one with GPUs only where the zone has that accelerator."""
    shelf: dict[str, dict[str, MachineType]] = {zone: {} for zone in zones()}
    by_region: dict[str, list[MachineType]] = defaultdict(list)
    for row in table("gcp_machine_prices"):
        if float(row["gpu_count"]).is_integer():
            by_region[row["region"]].append(_machine_type(row))
    for zone, kinds in shelf.items():
        for one in by_region[region_of(zone)]:
            if not one.accelerator or one.accelerator in accelerators()[zone]:
                kinds[one.name] = one
    return shelf


def _machine_type(row: dict[str, str]) -> MachineType:
    return MachineType(
        name=row["machine_type"],
        vcpus=int(row["vcpus"]),
        memory_mb=int(float(row["memory_gb"]) * 1024),
        accelerator=row["accelerator"],
        gpu_count=int(float(row["gpu_count"])),
        local_ssd_gb=int(float(row["local_ssd_gb"])),
        hourly=_usd(row["usd_hour_on_demand"], row["usd_hour_spot"]),
        hourly_spot=_usd(row["usd_hour_spot"], row["usd_hour_on_demand"]),
    )


def _usd(price: str, other: str) -> Decimal:
    """Where one of the two prices is not known, the other stands for it; nothing where neither is."""
    return Decimal(price or other or 0)


def hourly_of_gpu(accelerator: str, region: str, spot: bool) -> Decimal:
    """USD for one hour of one attached GPU; nothing where the table has no price."""
    column = "usd_gpu_hour_spot" if spot else "usd_gpu_hour_on_demand"
    for row in table("gcp_gpu_attach_prices"):
        if (row["accelerator"], row["region"]) == (accelerator, region) and row[column]:
            return Decimal(row[column])
    return Decimal(0)


def hourly_of_disk(disk_type: str, size_gb: int) -> Decimal:
    return (DISK_TYPES[disk_type] * size_gb / _HOURS_A_MONTH).quantize(Decimal("0.000001"))


def full_name(accelerator: str) -> str:
    """The GPU as nvidia-smi shows it."""
    return _FULL_NAMES.get(accelerator, accelerator)
