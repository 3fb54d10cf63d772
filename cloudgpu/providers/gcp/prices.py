"""The dated tables under Google's own keys: what a machine costs where, and which zones have which GPU."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine type in one region, GPUs that are part of it included. Prices in USD per hour."""

    region: str
    type: str
    vcpus: int
    memory_gb: float
    gpu: Gpu | None
    on_demand: Decimal
    spot: Decimal


@cache
def machines() -> dict[tuple[str, str], Machine]:
    """By region and machine type. Fractions of a GPU, which need another driver, are left out."""
    return {
        (row["region"], row["machine_type"]): Machine(
            region=row["region"],
            type=row["machine_type"],
            vcpus=int(row["vcpus"]),
            memory_gb=float(row["memory_gb"]),
            gpu=Gpu(gpu_of_gcp(row["accelerator"]), int(float(row["gpu_count"]))) if row["accelerator"] else None,
            on_demand=Decimal(row["usd_hour_on_demand"]),
            spot=Decimal(row["usd_hour_spot"]),
        )
        for row in table("gcp_machine_prices")
        if float(row["gpu_count"]).is_integer()
    }


@cache
def attached() -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """On-demand and spot price of one attached GPU, by GPU and region."""
    return {
        (gpu_of_gcp(row["accelerator"]), row["region"]): (
            Decimal(row["usd_gpu_hour_on_demand"]),
            Decimal(row["usd_gpu_hour_spot"]),
        )
        for row in table("gcp_gpu_attach_prices")
    }


@cache
def zones_with(gpu_type: str) -> tuple[str, ...]:
    """Where the GPU is to be had; empty where the tables do not say."""
    return tuple(
        row["zone"] for row in table("gcp_gpu_zones") if row["accelerator"].partition("(")[0] == GPUS[gpu_type][0]
    )


@cache
def zones() -> frozenset[str]:
    """Every zone that has some GPU."""
    return frozenset(row["zone"] for row in table("gcp_gpu_zones"))


@cache
def regions() -> frozenset[str]:
    """Every region that has some GPU."""
    return frozenset(region_of(zone) for zone in zones()) | {
        machine.region for machine in machines().values() if machine.gpu
    }


def region_of(zone: str) -> str:
    """Not `zone[:-2]`: there are zones like us-south1-ai1b."""
    return zone.rpartition("-")[0]


def hourly(region: str, machine_type: str, gpu: Gpu, *, spot: bool) -> Decimal | None:
    """USD per hour of the machine with its GPUs; None where the tables do not say."""
    machine = machines().get((region, machine_type))
    if machine is None:
        return None
    price = machine.spot if spot else machine.on_demand
    if machine.gpu is None:
        per_gpu = attached().get((gpu.type, region))
        if per_gpu is None:
            return None
        price += per_gpu[spot] * gpu.count
    return price.quantize(Decimal("0.0001"))
