"""What the operations share: the emulated account, and one call to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.settings import Settings
from cloudgpu.rehearsal.ec2.states import Machine, Machines
from cloudgpu.rehearsal.ec2.tokens import Tokens
from cloudgpu.rehearsal.ec2.untyped import Backend
from cloudgpu.rehearsal.ec2.wire import Request
from cloudgpu.rehearsal.world import World


@dataclass(frozen=True, slots=True)
class Cloud:
    world: World
    settings: Settings
    engine: Engine
    tokens: Tokens
    machines: Machines

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
