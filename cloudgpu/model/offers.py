"""What is asked for, what can be bought, and what an account allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Origin:
    """How this computer reaches one cloud account. Written by the wiring, kept by the store, read by nobody between."""

    provider: str
    project: str | None = None
    profile: str | None = None
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU model in the spelling of `rules.catalog` (`T4`, `A100-80GB`) and how many of it."""

    type: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class GpuRequest:
    """What the person asked for. `gpu` None: the cheapest single CUDA GPU, or `everything` that has GPUs, for looking
    around. Empty regions and zones: anywhere."""

    gpu: Gpu | None = None
    instance_type: str | None = None
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    spot: bool = False
    max_hourly: Decimal | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be bought: a machine type with GPUs in one zone, at a price in USD per hour (None: nobody
    knows it here).

    `flex_start`: the cloud queues the request and starts it when it can. `longest_run`: it ends the machine after this
    time at the latest, whatever was asked for. `gpu_memory_gb` is each GPU's. `share`: how much of its GPU it has,
    less than 1 where several machines divide one. `seen_at`: when the cloud itself said that the zone has it; None: a
    dated table does.
    """

    provider: str
    region: str
    zone: str
    instance_type: str
    gpu: Gpu
    vcpus: int
    memory_gb: float
    hourly: Decimal | None
    spot: bool = False
    flex_start: bool = False
    longest_run: timedelta | None = None
    gpu_memory_gb: float | None = None
    seen_at: datetime | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit that an offer draws on. `limit` and `used` None: the cloud did not say, which is not zero.

    `remedy`: the command or URL that asks for more. `unit`: what is counted (`vCPUs`), empty where the name says it.
    """

    name: str
    scope: str
    limit: float | None
    used: float | None
    needed: float
    remedy: str = ""
    unit: str = ""

    @property
    def left(self) -> float | None:
        return None if self.limit is None else self.limit - (self.used or 0)


@dataclass(frozen=True, slots=True)
class QuotaAnswer:
    """What became of a request for a higher limit: `state` is granted, partly granted, pending or refused, `granted`
    the limit that holds now (None: the cloud did not say), `detail` the cloud's own words."""

    name: str
    scope: str
    asked: float
    state: str
    granted: float | None
    detail: str = ""
