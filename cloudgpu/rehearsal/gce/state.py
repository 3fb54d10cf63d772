"""Everything that there is in the embedded Compute Engine. One lock guards it all; it is held for moments only."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cloudgpu.rehearsal.gce.discovery import Method
from cloudgpu.rehearsal.gce.errors import OperationError
from cloudgpu.rehearsal.gce.settings import Settings
from cloudgpu.rehearsal.world import World

Resource = dict[str, Any]


@dataclass(slots=True)
class Operation:
    """`resource` is what clients see. `done` is set at its end."""

    resource: Resource
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Machine:
    """An instance: `resource` without what follows from the rest. `boots` counts them; `tail` is its latest operation:
    what comes next waits for that one. `common`: metadata of its project; `drawn`: what it draws on its quotas, as
    last counted."""

    project: str
    zone: str
    resource: Resource
    gpus: tuple[str, ...]
    accelerator: str
    spot: bool
    vcpus: int
    local_ssd: bool
    hourly: Decimal
    status: str = "PROVISIONING"
    boots: int = 0
    port_told: bool = False
    tail: Operation | None = None
    common: dict[str, str] = field(default_factory=dict)
    drawn: tuple[tuple[str, int], Counter[tuple[str, str]]] | None = None

    @property
    def name(self) -> str:
        return str(self.resource["name"])

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def path(self) -> str:
        return f"projects/{self.project}/zones/{self.zone}/instances/{self.name}"

    @property
    def guest_id(self) -> str:
        return f"gcp-{self.id}"

    @property
    def bill_id(self) -> str:
        """Its line in the ledger: one for each boot, as a stopped machine is not billed."""
        return self.id if self.boots < 2 else f"{self.id}-{self.boots}"

    def metadata(self) -> dict[str, str]:
        own = {item["key"]: item.get("value", "") for item in self.resource["metadata"].get("items", ())}
        return {**self.common, **own}


@dataclass(slots=True)
class Disk:
    project: str
    zone: str
    type: str
    resource: Resource

    @property
    def size_gb(self) -> int:
        return int(self.resource["sizeGb"])


@dataclass(slots=True)
class Network:
    """`auto`: it has a subnetwork in each region by itself (`regional`). Not `ready` while it is being made."""

    project: str
    auto: bool
    resource: Resource
    ready: bool = True
    regional: dict[str, Resource] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.resource["name"])

    @property
    def path(self) -> str:
        return f"projects/{self.project}/global/networks/{self.name}"


@dataclass(frozen=True, slots=True)
class Preference:
    """A request for another limit: `granted` is what holds now, `detail` the words for that, and `settled_at` (of
    time.monotonic; None: never) when it is told."""

    resource: Resource
    granted: int
    detail: str
    settled_at: float | None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: `failure` is what a fault wants its operation to end with."""

    method: Method
    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    failure: OperationError | None = None

    @property
    def project(self) -> str:
        return self.path["project"]


@dataclass(slots=True)
class Cloud:
    """Keys: (project, zone, name) for machines and disks, (project, region, name) for addresses and for the subnetworks
    that were made by hand, (project, name) for firewalls, images and snapshots, project and then name for networks,
    (project, scope, name) for operations, (method, path, requestId) for requests, (project, id) for preferences."""

    world: World
    settings: Settings
    lock: threading.RLock = field(default_factory=threading.RLock)
    stop: threading.Event = field(default_factory=threading.Event)
    machines: dict[tuple[str, str, str], Machine] = field(default_factory=dict)
    disks: dict[tuple[str, str, str], Disk] = field(default_factory=dict)
    firewalls: dict[tuple[str, str], Resource] = field(default_factory=dict)
    networks: dict[str, dict[str, Network]] = field(default_factory=dict)
    subnetworks: dict[tuple[str, str, str], Resource] = field(default_factory=dict)
    addresses: dict[tuple[str, str, str], Resource] = field(default_factory=dict)
    images: dict[tuple[str, str], Resource] = field(default_factory=dict)
    snapshots: dict[tuple[str, str], Resource] = field(default_factory=dict)
    operations: dict[tuple[str, str, str], Operation] = field(default_factory=dict)
    requests: dict[tuple[str, ...], Operation] = field(default_factory=dict)
    preferences: dict[tuple[str, str], Preference] = field(default_factory=dict)


Handler = Callable[[Cloud, Call], Resource]
