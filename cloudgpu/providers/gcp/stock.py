"""What is to be had in which zone, whoever said so: Compute Engine a moment ago, its answer on disk, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

from cloudgpu.providers.gcp import prices
from cloudgpu.rules.catalog import GPUS

_VERSION = 1


@dataclass(frozen=True, slots=True)
class MachineType:
    """One with GPUs of its own, in Google's words, and the zones that have it. `local_ssds`: disks of 375 GB that come
    with it."""

    name: str
    vcpus: int
    memory_gb: float
    accelerator: str
    count: int
    arm: bool
    local_ssds: int
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """`accelerators`: the zones of each accelerator type. `machines`: by name. `zones`: every zone, with GPUs or not.
    `seen_at` None: nobody asked, the dated tables say so."""

    seen_at: datetime | None
    accelerators: Mapping[str, tuple[str, ...]]
    machines: Mapping[str, MachineType]
    zones: frozenset[str]


@cache
def from_tables() -> Stock:
    """As it was on the tables' day: a machine type is where its GPU is, as far as it has a price there."""
    accelerators = {gcp: prices.zones_with(name) for name, (gcp, _) in GPUS.items() if gcp and prices.zones_with(name)}
    found: dict[str, MachineType] = {}
    for name, one in prices.types().items():
        if one.gpu is None:
            continue
        accelerator = GPUS[one.gpu.type][0]
        there = tuple(
            zone for zone in accelerators.get(accelerator, ()) if (prices.region_of(zone), name) in prices.machines()
        )
        found[name] = MachineType(name, one.vcpus, one.memory_gb, accelerator, one.gpu.count, False, 0, there)
    return Stock(None, accelerators, found, prices.zones())


def packed(stock: Stock, whose: tuple[str, str]) -> dict[str, object]:
    """For the disk: `whose` says of which endpoint and project it is."""
    return {
        "version": _VERSION,
        "whose": list(whose),
        "seen_at": stock.seen_at.isoformat() if stock.seen_at else None,
        "accelerators": {name: list(zones) for name, zones in stock.accelerators.items()},
        "machines": [asdict(one) for one in stock.machines.values()],
        "zones": sorted(stock.zones),
    }


def unpacked(document: object, whose: tuple[str, str]) -> Stock | None:
    """From the disk; None for anything else than what `packed` made of this account."""
    try:
        if not isinstance(document, dict) or (document["version"], document["whose"]) != (_VERSION, list(whose)):
            return None
        machines = [MachineType(**{**one, "zones": tuple(one["zones"])}) for one in document["machines"]]
        return Stock(
            datetime.fromisoformat(document["seen_at"]),
            {str(name): tuple(zones) for name, zones in document["accelerators"].items()},
            {one.name: one for one in machines},
            frozenset(document["zones"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
