"""Quotas as data: what a project may use at most."""

from __future__ import annotations

from collections.abc import Mapping

PROJECT_WIDE: dict[str, float] = {"GPUS_ALL_REGIONS": 16, "CPUS_ALL_REGIONS": 500, "NETWORKS": 15, "FIREWALLS": 200}
REGIONAL: dict[str, float] = {
    "CPUS": 500,
    "PREEMPTIBLE_CPUS": 0,
    "INSTANCES": 1000,
    "IN_USE_ADDRESSES": 100,
    "STATIC_ADDRESSES": 100,
    "SSD_TOTAL_GB": 20_000,
    "DISKS_TOTAL_GB": 40_000,
    "HDB_TOTAL_GB": 20_000,
    **{f"NVIDIA_{model}_GPUS": 8 for model in ("T4", "P4", "P100", "V100", "L4", "A100", "A100_80GB")},
    **{f"PREEMPTIBLE_NVIDIA_{one}_GPUS": 8 for one in ("T4", "P4", "P100", "V100", "L4", "A100", "A100_80GB", "H100")},
}
BY_FAMILY = "GPUS_PER_GPU_FAMILY"
FAMILIES = ("NVIDIA_H100", "NVIDIA_H100_MEGA", "NVIDIA_H200", "NVIDIA_B200", "NVIDIA_RTX_PRO_6000")
# count, but are not listed by Compute Engine: only the Cloud Quotas API knows of the newer families' limits
HIDDEN: dict[str, float] = {
    **{f"{BY_FAMILY}/{family}": 8 for family in FAMILIES},
    **{f"PREEMPTIBLE_{family}_GPUS": 8 for family in FAMILIES if f"PREEMPTIBLE_{family}_GPUS" not in REGIONAL},
}
DEFAULTS: dict[str, float] = {**PROJECT_WIDE, **REGIONAL, **HIDDEN}
Limit = float | dict[str, float] | None


def limits(metric: str, value: object) -> dict[str, Limit]:
    """What a setting of this name turns: GPUS_PER_GPU_FAMILY all families, GPUS_PER_GPU_FAMILY/NVIDIA_H100 one."""
    each = [f"{BY_FAMILY}/{family}" for family in FAMILIES] if metric == BY_FAMILY else [metric]
    return {one: limit(one, value) for one in each}


def limit(metric: str, value: object) -> Limit:
    """For all regions, or region -> limit; None: there is one, and it is not told. ValueError for an unknown metric or
    anything but numbers from 0 on."""
    if metric not in DEFAULTS:
        raise ValueError(f"unknown quota {metric!r}")
    if value is None:
        return None
    if isinstance(value, Mapping) and metric not in PROJECT_WIDE:
        return {str(region): _number(metric, one) for region, one in value.items()}
    return _number(metric, value)


def _number(metric: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"the limit of {metric} is a number from 0 on, not {value!r}")
    return float(value)
