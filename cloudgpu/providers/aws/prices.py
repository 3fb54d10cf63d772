"""The dated tables under EC2's own names: what each GPU instance type is made of, and what it costs where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cloudgpu.data import table
from cloudgpu.model import Gpu
from cloudgpu.rules.catalog import GPU_MEMORY_GB, gpu_of_aws

# where GPUs are looked for besides the home region: the largest choice at the lowest list price, and nobody has to
# enable them
REGIONS = ("us-east-1", "us-east-2", "us-west-2")
_SAVING_COLUMNS = {"us-east-1": "spot_saving_pct_use1_2025_07", "us-west-2": "spot_saving_pct_usw2_2025_07"}
_ZONE_COLUMNS = {
    "us-east-1": ("use1", "az_ids_us_east_1"),
    "us-east-2": ("use2", "az_ids_us_east_2"),
    "us-west-2": ("usw2", "az_ids_us_west_2"),
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One instance type. `gpu_memory_gb` is each GPU's; `share`: how much of its GPU it has, less than 1 where a GPU is
    divided; `nvme_gb`: the instance's own disks, 0 where it has none; `usage`: how AWS sells it."""

    instance_type: str
    gpu: Gpu
    gpu_memory_gb: float
    share: float
    vcpus: int
    memory_gb: float
    nvme_gb: int
    arm: bool
    usage: tuple[str, ...]


@cache
def machines() -> Mapping[str, Machine]:
    """Every GPU instance type in the table, by name."""
    return {name: _machine(row) for name, row in _rows().items()}


def hourly(region: str, instance_type: str, *, spot: bool) -> Decimal | None:
    """USD per hour as the tables have it, for spot what it was once found to cost; None where they do not say."""
    listed = _prices().get((region, instance_type))
    if listed is None or not spot:
        return listed
    saving = _rows().get(instance_type, {}).get(_SAVING_COLUMNS.get(region, ""))
    return (listed * (100 - int(saving)) / 100).quantize(Decimal("0.0001")) if saving else None


def zone_ids(region: str, instance_type: str) -> frozenset[str] | None:
    """The zones, by the ids that are the same in every account, in which the region sold the type on the table's day;
    None where the table knows of the region only that it did or did not."""
    prefix, column = _ZONE_COLUMNS.get(region, ("", ""))
    numbers = _rows()[instance_type][column].split("|") if column else []
    return frozenset(f"{prefix}-az{number}" for number in numbers if number) if column else None


def sold_in(region: str) -> list[str]:
    """The types that the region sold on the table's day."""
    return [name for name, row in _rows().items() if region in row["regions"].split("|")]


def gpu_memory_gb(gpu_type: str, mib: int, share: float) -> float:
    """What is written on the card where that is about what it has, else what it has."""
    has, written = mib / 1024, GPU_MEMORY_GB.get(gpu_type, 0) * share
    return written if abs(has - written) <= has / 10 else round(has, 1)


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["instance_type"]: row for row in table("aws_gpu_instances")}


@cache
def _prices() -> Mapping[tuple[str, str], Decimal]:
    return {
        (row["region"], row["instance_type"]): Decimal(row["usd_hour_on_demand"]) for row in table("aws_gpu_prices")
    }


def _machine(row: Mapping[str, str]) -> Machine:
    each, share = int(row["gpu_mem_mib_each"]), float(row["gpu_partition"])
    gpu = Gpu(gpu_of_aws(row["gpu"], each), int(row["logical_gpu_count"]))
    return Machine(
        instance_type=row["instance_type"],
        gpu=gpu,
        gpu_memory_gb=gpu_memory_gb(gpu.type, each, share),
        share=share,
        vcpus=int(row["vcpu"]),
        memory_gb=float(row["ram_gib"]),
        nvme_gb=int(row["nvme_gb"]),
        arm=row["arch"] == "arm64",
        usage=tuple(row["usage_classes"].split("|")),
    )
