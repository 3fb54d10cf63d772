"""A machine: what is ordered, what the cloud says of it, how it is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from cloudgpu.model.offers import Gpu, Offer


@dataclass(frozen=True, slots=True)
class Limits:
    """When the machine has to be gone, whatever happens to this computer. `budget` in USD: a lifetime by its price;
    where both are set, the shorter one holds."""

    max_lifetime: timedelta | None = None
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """Where in the account's networks the machine goes. None: the cloud's usual one."""

    name: str | None = None
    subnet: str | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """What runs on the machine: the image, and the port that Jupyter has inside it and on the machine's loopback."""

    image: str
    port: int = 8888


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """Everything `Provider.create` needs for one attempt.

    `attempt` counts the refusals of this offer that are written down: it is part of the idempotency token, so that the
    same attempt buys nothing twice and a new one is not answered with the old refusal. `image` is the container image
    that the machine will pull. `patience`: how long the cloud itself may look for capacity, where it can. `max_hourly`:
    the most that a spot machine may come to cost, in USD. `plain`: an image without NVIDIA's driver, which is then
    installed at the first boot.
    """

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
    attempt: int = 0
    image: str = ""
    network: Network = field(default_factory=Network)
    patience: timedelta | None = None
    max_hourly: Decimal | None = None
    plain: bool = False


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
    """What a provider's machines are like: the core asks what it can, never who it is. `ends_machines`: the cloud
    itself removes, disk and all, a machine whose time is over."""

    runs_startup: bool = True
    owns_hardware: bool = True
    is_here: bool = False
    ends_machines: bool = False
