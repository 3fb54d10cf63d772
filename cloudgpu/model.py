"""The nouns. Frozen, without behaviour beyond what follows from their own fields; units stand in names and types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum


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
    """What the person asked for. `gpu` None: the cheapest single CUDA GPU. Empty regions and zones: anywhere."""

    gpu: Gpu | None = None
    instance_type: str | None = None
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    spot: bool = False
    max_hourly: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be bought: a machine type with GPUs in one zone, at a price in USD per hour."""

    provider: str
    region: str
    zone: str
    instance_type: str
    gpu: Gpu
    vcpus: int
    memory_gb: float
    hourly: Decimal
    spot: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit that an offer draws on. `limit` and `used` None: the cloud did not say, which is not zero.

    `remedy`: the command or URL that asks for more."""

    name: str
    scope: str
    limit: float | None
    used: float | None
    needed: float
    remedy: str = ""

    @property
    def left(self) -> float | None:
        return None if self.limit is None else self.limit - (self.used or 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """When the machine has to be gone, whatever happens to this computer."""

    max_lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """What runs on the machine: the image, and the port that Jupyter has inside it and on the machine's loopback."""

    image: str
    port: int = 8888


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """Everything `Provider.create` needs for one attempt."""

    name: str
    launch_id: str
    owner: str
    offer: Offer
    disk_gb: int
    ssh_public_key: str
    user: str
    caller_cidr: str
    startup_script: str
    expires_at: datetime | None = None


class State(str, Enum):
    """Where an instance is in its life; both clouds' words are mapped to these."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class InstanceRef:
    """Enough to find an instance again in its account; `id` None while the answer to `create` is still out."""

    name: str
    launch_id: str
    region: str
    zone: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine as its cloud describes it just now."""

    ref: InstanceRef
    provider: str
    instance_type: str
    gpu: Gpu
    state: State
    created_at: datetime
    spot: bool = False
    host: str | None = None
    ssh_port: int = 22
    user: str = "cloudgpu"
    hourly: Decimal | None = None
    expires_at: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class SshTarget:
    """One machine's SSH door. `host_keys` are public keys in OpenSSH form; `alias` keeps reused addresses apart."""

    host: str
    port: int
    user: str
    alias: str
    host_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command on the machine left: its exit status and what it wrote."""

    status: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.status == 0


@dataclass(frozen=True, slots=True)
class Traits:
    """What a provider's machines are like: the core asks what it can, never who it is."""

    runs_startup: bool = True
    owns_hardware: bool = True
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One offer that the cloud refused: the class of the refusal, the cloud's own code and words."""

    zone: str
    instance_type: str
    kind: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StepTime:
    """A finished step and the seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a launch would do. `offers` are in the order in which they are tried. Making one spends nothing."""

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
    `ready` says that the launch came to its end. `local_port` is the port that the tunnel had last.
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
