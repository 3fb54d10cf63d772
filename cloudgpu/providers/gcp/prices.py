"""The dated tables under Google's own keys: what a machine costs where, and which zones had which GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cloudgpu.data import table
from cloudgpu.model import Gpu
from cloudgpu.rules.catalog import GPUS, gpu_of_gcp

# most vCPUs that a machine with so many attached GPUs may have
ATTACHABLE: dict[str, dict[int, int]] = {
    "T4": {1: 48, 2: 48, 4: 96},
    "P4": {1: 24, 2: 48, 4: 96},
    "P100": {1: 16, 2: 32, 4: 96},
    "V100": {1: 12, 2: 24, 4: 48, 8: 96},
}
ATTACHABLE |= {f"{model}-VWS": ATTACHABLE[model] for model in ("T4", "P4", "P100")}
_TO_THE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine type in one region, GPUs that are part of it included. Prices in USD per hour; None: not known.

    `share`: how much of its GPU it has, less than 1 where a GPU is divided among machines.
    """

    region: str
    type: str
    vcpus: int
    memory_gb: float
    gpu: Gpu | None
    on_demand: Decimal | None
    spot: Decimal | None
    share: float = 1.0


@cache
def machines() -> Mapping[tuple[str, str], Machine]:
    """By region and machine type."""
    return {(row["region"], row["machine_type"]): _machine(row) for row in table("gcp_machine_prices")}


def _machine(row: Mapping[str, str]) -> Machine:
    count = float(row["gpu_count"])
    return Machine(
        region=row["region"],
        type=row["machine_type"],
        vcpus=int(row["vcpus"]),
        memory_gb=float(row["memory_gb"]),
        gpu=Gpu(gpu_of_gcp(row["accelerator"]), max(int(count), 1)) if row["accelerator"] else None,
        on_demand=_usd(row["usd_hour_on_demand"]),
        spot=_usd(row["usd_hour_spot"]),
        share=min(count, 1.0) if row["accelerator"] else 1.0,
    )


@cache
def types() -> Mapping[str, Machine]:
    """The machine types, wherever they are to be had, each as it is in one of its regions."""
    return {machine.type: machine for machine in machines().values()}


@cache
def attached() -> Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    """On-demand and spot price of one attached GPU, by GPU and region."""
    return {
        (gpu_of_gcp(row["accelerator"]), row["region"]): (
            _usd(row["usd_gpu_hour_on_demand"]),
            _usd(row["usd_gpu_hour_spot"]),
        )
        for row in table("gcp_gpu_attach_prices")
    }


@cache
def zones_with(gpu_type: str) -> tuple[str, ...]:
    """Where the GPU was to be had on the table's day; empty where the table does not say."""
    accelerator = GPUS[gpu_type][0] if gpu_type in GPUS else gpu_type
    return tuple(row["zone"] for row in table("gcp_gpu_zones") if row["accelerator"] == accelerator)


@cache
def zones() -> frozenset[str]:
    """Every zone that had some GPU."""
    return frozenset(row["zone"] for row in table("gcp_gpu_zones"))


@cache
def regions() -> frozenset[str]:
    """Every region that has some GPU, or prices for one."""
    return frozenset(region_of(zone) for zone in zones()) | {
        machine.region for machine in machines().values() if machine.gpu
    }


def region_of(zone: str) -> str:
    """Not `zone[:-2]`: there are zones like us-south1-ai1b."""
    return zone.rpartition("-")[0]


@cache
def hourly(region: str, machine_type: str, gpu: Gpu, *, spot: bool) -> Decimal | None:
    """USD per hour of the machine with its GPUs; None where the tables do not say."""
    machine = machines().get((region, machine_type))
    price = (machine.spot if spot else machine.on_demand) if machine else None
    if machine is None or price is None:
        return None
    if machine.gpu is None:
        per_gpu = attached().get((gpu.type, region), (None, None))[spot]
        if per_gpu is None:
            return None
        price += per_gpu * gpu.count
    return price.quantize(_TO_THE)


def _usd(text: str) -> Decimal | None:
    return Decimal(text) if text else None
