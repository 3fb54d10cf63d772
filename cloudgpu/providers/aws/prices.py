"""What EC2 sells with CUDA GPUs, and for how much: the dated table, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cloudgpu.data import table
from cloudgpu.model import Gpu
from cloudgpu.rules.catalog import gpu_of_aws

# The table's prices are those of us-east-1; the other two are taken to ask the same (see cloudgpu.data for its date).
REGIONS = ("us-east-1", "us-east-2", "us-west-2")
_SAVING_COLUMNS = {"us-east-1": "spot_saving_pct_use1_2025_07", "us-west-2": "spot_saving_pct_usw2_2025_07"}


@dataclass(frozen=True, slots=True)
class Machine:
    """One instance type. `unfit` says why it is never offered, empty where it is. `savings`: percent off the
    on-demand price that spot was found to give, by region."""

    instance_type: str
    gpu: Gpu
    vcpus: int
    memory_gb: float
    usage: frozenset[str]
    regions: frozenset[str]
    on_demand: Decimal | None
    savings: Mapping[str, int]
    unfit: str

    def hourly(self, region: str, *, spot: bool) -> Decimal | None:
        """USD per hour as the table has it, an estimate for spot; None where it has none."""
        if self.on_demand is None or not spot:
            return self.on_demand
        saving = self.savings.get(region)
        return None if saving is None else (self.on_demand * (100 - saving) / 100).quantize(Decimal("0.0001"))


@cache
def machines() -> Mapping[str, Machine]:
    """Every GPU instance type in the table, by name."""
    return {row["instance_type"]: _machine(row) for row in table("aws_gpu_instances")}


def _machine(row: Mapping[str, str]) -> Machine:
    each = int(row["gpu_mem_mib_each"])
    price = row["od_usd_us_east_1"]
    return Machine(
        instance_type=row["instance_type"],
        gpu=Gpu(gpu_of_aws(row["gpu"], each), int(row["gpu_count"] or 0)),
        vcpus=int(row["vcpu"]),
        memory_gb=float(row["ram_gib"]),
        usage=frozenset(row["usage_classes"].split("|")),
        regions=frozenset(row["regions"].split("|")),
        on_demand=Decimal(price) if price else None,
        savings={region: int(row[column]) for region, column in _SAVING_COLUMNS.items() if row[column]},
        unfit=_unfit(row),
    )


def _unfit(row: Mapping[str, str]) -> str:
    if row["arch"] != "x86_64":
        return f"it has an {row['arch']} processor and needs images made for that"
    if row["gpu_partition"] != "1.0":
        return "it has a fraction of a GPU, which needs another driver"
    if row["gpu"] == "V100":
        return "Amazon's images no longer bring a driver for its GPU"
    return ""
