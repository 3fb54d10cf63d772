"""What the operations share: the emulated account, and one call to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.settings import Settings
from cloudgpu.rehearsal.ec2.states import Machine, Machines
from cloudgpu.rehearsal.ec2.tokens import Tokens
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance
from cloudgpu.rehearsal.ec2.wire import Request
from cloudgpu.rehearsal.world import World


@dataclass(slots=True)
class SpotRequest:
    id: str
    ec2: Backend
    instance: Instance
    created: datetime
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Cloud:
    """`written`: region and reservation -> the generation of the region and the XML of the reservation in it.
    `conformed`: region and setting -> the change of the setting to which the region was last made to conform."""

    world: World
    settings: Settings
    engine: Engine
    tokens: Tokens
    machines: Machines
    spot_requests: dict[str, SpotRequest] = field(default_factory=dict)
    written: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    conformed: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_new(self, region: str, setting: str) -> bool:
        """Was the setting changed since this was last asked for this region? At first: yes."""
        stamp = self.settings.stamps.get(setting, 0)
        before = self.conformed.get((region, setting))
        self.conformed[region, setting] = stamp
        return before != stamp

    def machine(self, instance_id: str) -> Machine:
        """KeyError for an instance that the account does not have."""
        found = self.machines.get(instance_id)
        if found is None:
            raise KeyError(instance_id)
        return found


@dataclass(frozen=True, slots=True)
class Call:
    """One EC2 action with its parameters in the shapes of the service model, and the region that it is for."""

    request: Request
    region: str
    params: dict[str, Any]
    ec2: Backend

    @property
    def action(self) -> str:
        return self.request.action
