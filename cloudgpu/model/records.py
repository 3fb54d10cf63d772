"""What a launch plans, remembers and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cloudgpu.model.machines import Container, Instance, InstanceRef, Limits, Network
from cloudgpu.model.offers import GpuRequest, Offer, Origin, Quota


@dataclass(frozen=True, slots=True)
class Attempt:
    """One offer that the cloud refused, `times` in a row with the same code: the class of the refusal, the cloud's own
    code and its newest words."""

    zone: str
    instance_type: str
    kind: str
    code: str
    message: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that is remembered for the next launch. `permanent`: the zone never has this machine."""

    origin: Origin
    zone: str
    instance_type: str
    spot: bool
    permanent: bool
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepTime:
    """A finished step and the seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a launch would do; making one spends nothing. `offers` are in the order in which they are tried; `skipped`
    says why a zone or a region is not among them. `wait_for_capacity`: how long to go on when every offer was refused.
    `plain`: a machine image without a driver.
    """

    name: str
    launch_id: str
    origin: Origin
    account: str
    request: GpuRequest
    container: Container
    offers: tuple[Offer, ...]
    quotas: tuple[Quota, ...] = ()
    limits: Limits = field(default_factory=Limits)
    disk_gb: int = 100
    skipped: Mapping[str, str] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    wait_for_capacity: timedelta | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class RunningContainer:
    """The container as started: Docker's id, the image, and whether a GPU was seen inside it."""

    id: str
    image: str
    gpu_ok: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What this computer knows of one name: a memo. The labels in the cloud are the truth.

    `tried` holds every zone in which a create was begun and `instance` is None until one is known to be there;
    `ready` says that the launch came to its end. `startup`: the stages of the machine's startup script, as it timed
    them itself. `local_port` is the port that the tunnel had last.
    """

    name: str
    launch_id: str
    origin: Origin
    created_at: datetime
    tried: tuple[InstanceRef, ...] = ()
    instance: Instance | None = None
    host_keys: tuple[str, ...] = ()
    container: RunningContainer | None = None
    jupyter_port: int | None = None
    ready: bool = False
    attempts: tuple[Attempt, ...] = ()
    steps: tuple[StepTime, ...] = ()
    local_port: int | None = None
    startup: tuple[StepTime, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing that `destroy` saw gone: what it was, how long it was billed, what it cost in USD (None: unknown)."""

    kind: str
    id: str
    hours: float
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of a destroy: what was removed, and what is still there and costs money."""

    name: str
    removed: tuple[Removed, ...]
    left: tuple[str, ...] = ()
