"""Everything that there is in the embedded Compute Engine. One lock guards it all; it is held for moments only."""

from __future__ import annotations

import threading
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
    what comes next waits for that one."""

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
        return {item["key"]: item.get("value", "") for item in self.resource["metadata"].get("items", ())}


@dataclass(slots=True)
class Disk:
    project: str
    zone: str
    type: str
    resource: Resource

    @property
    def size_gb(self) -> int:
        return int(self.resource["sizeGb"])


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
    """Keys: (project, zone, name) for machines and disks, (project, name) for firewalls, (project, scope, name) for
    operations, (method, path, requestId) for requests."""

    world: World
    settings: Settings
    lock: threading.RLock = field(default_factory=threading.RLock)
    stop: threading.Event = field(default_factory=threading.Event)
    machines: dict[tuple[str, str, str], Machine] = field(default_factory=dict)
    disks: dict[tuple[str, str, str], Disk] = field(default_factory=dict)
    firewalls: dict[tuple[str, str], Resource] = field(default_factory=dict)
    operations: dict[tuple[str, str, str], Operation] = field(default_factory=dict)
    requests: dict[tuple[str, ...], Operation] = field(default_factory=dict)


Handler = Callable[[Cloud, Call], Resource]
