"""Quotas that count: usage is what lives, and an insert that would go beyond a limit is refused."""

from __future__ import annotations

from collections import Counter

from cloudgpu.rehearsal.gce import vpc
from cloudgpu.rehearsal.gce.catalogue import region_of
from cloudgpu.rehearsal.gce.errors import OperationError
from cloudgpu.rehearsal.gce.settings.limits import BY_FAMILY, PROJECT_WIDE, REGIONAL
from cloudgpu.rehearsal.gce.state import Cloud, Disk, Machine, Resource

Draw = Counter[tuple[str, str]]
_GPU_METRICS = {
    "nvidia-tesla-t4": "NVIDIA_T4_GPUS",
    "nvidia-tesla-p4": "NVIDIA_P4_GPUS",
    "nvidia-tesla-p100": "NVIDIA_P100_GPUS",
    "nvidia-tesla-v100": "NVIDIA_V100_GPUS",
    "nvidia-l4": "NVIDIA_L4_GPUS",
    "nvidia-tesla-a100": "NVIDIA_A100_GPUS",
    "nvidia-a100-80gb": "NVIDIA_A100_80GB_GPUS",
}
_FAMILIES = {
    "nvidia-h100-80gb": "NVIDIA_H100",
    "nvidia-h100-mega-80gb": "NVIDIA_H100_MEGA",
    "nvidia-h200-141gb": "NVIDIA_H200",
    "nvidia-b200": "NVIDIA_B200",
    "nvidia-rtx-pro-6000": "NVIDIA_RTX_PRO_6000",
}
_DISK_METRICS = {
    "pd-standard": "DISKS_TOTAL_GB",
    "pd-balanced": "SSD_TOTAL_GB",
    "pd-ssd": "SSD_TOTAL_GB",
    "hyperdisk-balanced": "HDB_TOTAL_GB",
}


def refusal(
    cloud: Cloud, project: str, machine: Machine | None, disks: list[Disk], *, there: bool = False
) -> OperationError | None:
    """The first limit that this machine and these new disks would go beyond; `there`: they are counted already. Call
    with the lock held."""
    wanted: Draw = Counter(_draw_of_machine(cloud, machine)) if machine else Counter()
    for disk in disks:
        wanted.update(_draw_of_disk(disk))
    return beyond(cloud, project, wanted, there=there)


def beyond(cloud: Cloud, project: str, wanted: Draw, *, there: bool = False) -> OperationError | None:
    """The first limit that this would go beyond. Call with the lock held."""
    in_use = usage(cloud, project)
    for (metric, region), amount in sorted(wanted.items(), key=lambda one: (one[0][1], one[0][0])):
        limit = cloud.settings.limit(metric, region)
        if in_use[(metric, region)] + (0 if there else amount) > limit:
            return _exceeded(metric, region, limit)
    return None


def usage(cloud: Cloud, project: str) -> Draw:
    """(metric, region; none for the project's own) -> how much is in use. Call with the lock held."""
    total: Draw = Counter()
    for machine in cloud.machines.values():
        if machine.project == project:
            _add(total, _draw_of_machine(cloud, machine))
    for disk in cloud.disks.values():
        if disk.project == project:
            total[(_DISK_METRICS[disk.type], region_of(disk.zone))] += disk.size_gb
    total[("FIREWALLS", "")] = sum(owner == project for owner, _ in cloud.firewalls)
    total[("NETWORKS", "")] = len(vpc.of(cloud, project))
    total.update(("STATIC_ADDRESSES", region) for owner, region, _ in cloud.addresses if owner == project)
    return total


def _add(total: Draw, draw: Draw) -> None:
    """In place: `Counter +=` goes through all of the total each time."""
    for key, amount in draw.items():
        total[key] += amount


def listed(cloud: Cloud, project: str, region: str = "", in_use: Draw | None = None) -> list[Resource]:
    """The `quotas` of the project, or of a region. `in_use`: the project's usage, for who asks region by region."""
    with cloud.lock:
        in_use = usage(cloud, project) if in_use is None else in_use
        metrics = REGIONAL if region else PROJECT_WIDE
        return [
            {"metric": metric, "limit": cloud.settings.limit(metric, region), "usage": float(in_use[(metric, region)])}
            for metric in metrics
            if cloud.settings.tells(metric)
        ]


def _draw_of_machine(cloud: Cloud, machine: Machine) -> Draw:
    """Remembered, as a thousand machines are counted again for every request."""
    state = (machine.status, cloud.settings.version)
    if machine.drawn is None or machine.drawn[0] != state:
        machine.drawn = (state, _drawn(cloud, machine))
    return machine.drawn[1]


def _drawn(cloud: Cloud, machine: Machine) -> Draw:
    region = region_of(machine.zone)
    draw: Draw = Counter({("INSTANCES", region): 1})
    if machine.status in ("TERMINATED", "STOPPED"):
        return draw
    draw[("IN_USE_ADDRESSES", region)] += sum(
        len(interface.get("accessConfigs", ())) for interface in machine.resource["networkInterfaces"]
    )
    if machine.gpus:
        draw[("GPUS_ALL_REGIONS", "")] += len(machine.gpus)
        draw[(_gpu_metric(cloud, machine, region), region)] += len(machine.gpus)
    if machine.resource["machineType"].rpartition("/")[2].startswith("n1-"):
        draw[("CPUS_ALL_REGIONS", "")] += machine.vcpus
        spot = machine.spot and cloud.settings.limit("PREEMPTIBLE_CPUS", region)
        draw[("PREEMPTIBLE_CPUS" if spot else "CPUS", region)] += machine.vcpus
    return draw


def _gpu_metric(cloud: Cloud, machine: Machine, region: str) -> str:
    """A spot machine draws on the preemptible quota where there is one, else on the normal one."""
    metric = _GPU_METRICS.get(machine.accelerator, "")
    preemptible = f"PREEMPTIBLE_{metric or _FAMILIES.get(machine.accelerator, '') + '_GPUS'}"
    if machine.spot and cloud.settings.limit(preemptible, region):
        return preemptible
    return metric or f"{BY_FAMILY}/{_FAMILIES.get(machine.accelerator, '')}"


def limit_name(metric: str, *, regional: bool) -> str:
    """The limit as the newer APIs call it: `NVIDIA-T4-GPUS-per-project-region`."""
    return f"{metric.partition('/')[0].replace('_', '-')}-per-project{'-region' if regional else ''}"


def _draw_of_disk(disk: Disk) -> Draw:
    return Counter({(_DISK_METRICS[disk.type], region_of(disk.zone)): disk.size_gb})


def _exceeded(metric: str, region: str, limit: float) -> OperationError:
    dimensions = {"region": region} if region else {"global": "global"}
    metric, _, family = metric.partition("/")
    if family:
        dimensions["gpu_family"] = family
    where = f"in region {region}" if region else "globally"
    info = {
        "metricName": f"compute.googleapis.com/{metric.lower()}",
        "limitName": limit_name(metric, regional=bool(region)),
        "dimensions": dimensions,
        "limit": limit,
    }
    message = f"Quota '{metric}' exceeded.  Limit: {limit} {where}."
    return OperationError("QUOTA_EXCEEDED", message, 403, ({"quotaInfo": info},))
