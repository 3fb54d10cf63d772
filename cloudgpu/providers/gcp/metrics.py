"""What Google calls the limits that a machine draws on."""

from __future__ import annotations

import re

from cloudgpu.model import Offer
from cloudgpu.providers.gcp.disks import disk_type

ALL_REGIONS, BY_FAMILY = "GPUS_ALL_REGIONS", "GPUS_PER_GPU_FAMILY"
# the newer ones: one limit for them all, told apart by a dimension, and not in what Compute Engine tells of a region
_FAMILIES = {
    "H100": "NVIDIA_H100",
    "H100-MEGA": "NVIDIA_H100_MEGA",
    "H200": "NVIDIA_H200",
    "B200": "NVIDIA_B200",
    "RTX-PRO-6000": "NVIDIA_RTX_PRO_6000",
}
_DISKS = {"pd-standard": "DISKS_TOTAL_GB", "hyperdisk-balanced": "HDB_TOTAL_GB"}
DISK_GB = 100  # what a launch takes when it is told nothing else
_LONGEST_ID = 63


def of_gpu(gpu_type: str) -> str:
    """The regional limit; a family's is `GPUS_PER_GPU_FAMILY/NVIDIA_H100`."""
    family = _FAMILIES.get(gpu_type)
    return f"{BY_FAMILY}/{family}" if family else f"NVIDIA_{gpu_type.replace('-', '_')}_GPUS"


def preemptible(metric: str) -> str:
    """The limit beside this one that spot machines draw on."""
    return f"PREEMPTIBLE_{metric.partition('/')[2]}_GPUS" if "/" in metric else f"PREEMPTIBLE_{metric}"


def regional(offer: Offer) -> list[tuple[str, float, bool]]:
    """(limit, how much of it, whether spot machines have one of their own). vCPUs are counted for N1 alone."""
    disk = _DISKS.get(disk_type(offer.instance_type), "SSD_TOTAL_GB")
    draws = [(of_gpu(offer.gpu.type), float(offer.gpu.count), True)]
    if offer.instance_type.startswith("n1-"):
        draws.append(("CPUS", float(offer.vcpus), True))
    return [*draws, (disk, float(DISK_GB), False), ("IN_USE_ADDRESSES", 1.0, False)]


def in_cloud_quotas(metric: str, region: str) -> tuple[str, dict[str, str]]:
    """The id and the dimensions of a limit in the Cloud Quotas API."""
    name, _, family = metric.partition("/")
    if name == ALL_REGIONS:
        return f"{name.replace('_', '-')}-per-project", {}
    dimensions = {"region": region, **({"gpu_family": family} if family else {})}
    return f"{name.replace('_', '-')}-per-project-region", dimensions


def counts_gpus(metric: str) -> bool:
    return "GPUS" in metric


def preference_id(metric: str, region: str) -> str:
    """The name of our own request for more of this limit: always the same one."""
    name = metric.rpartition("/")[2].replace("PREEMPTIBLE", "SPOT")
    return re.sub(r"[^a-z0-9]+", "-", f"cloudgpu-{name}-{region}".lower())[:_LONGEST_ID].rstrip("-")
