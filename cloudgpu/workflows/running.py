"""Waiting until a machine that a cloud has said yes to really runs."""

from __future__ import annotations

from cloudgpu.errors import MachineError
from cloudgpu.events import Say
from cloudgpu.model import Instance, InstanceRef, State
from cloudgpu.retry import until
from cloudgpu.workflows.console import Tail, heed, silent
from cloudgpu.workflows.deps import Deps

_WITHIN = 600.0
ASK_EVERY = 0.8  # seconds at most: one cheap read, well below what either cloud allows


def running(ref: InstanceRef, deps: Deps, say: Say, *, first_boot: bool = True) -> Instance:
    """The instance, running and with an address. What the cloud says when it takes it back is raised as it is: a late
    refusal. MachineError where it goes without a word, does not come, or says at its `first_boot` that its startup
    script failed."""
    tail = Tail(deps.provider, ref)
    return until(
        lambda: _running(ref, deps, say, tail if first_boot else None),
        within=_WITHIN,
        otherwise=lambda: silent(ref.name, tail, "did not reach RUNNING with an address"),
        at_most=ASK_EVERY,
        sleep=deps.sleep,
    )


def _running(ref: InstanceRef, deps: Deps, say: Say, tail: Tail | None) -> Instance | None:
    found = deps.provider.find(ref)
    if found is None or found.state in (State.STOPPING, State.STOPPED, State.TERMINATED):
        raise MachineError(
            f"{ref.name} was there and is gone again ({found.state.value if found else 'deleted'}).",
            remedy=f"The cloud took it back before it ran: cloudgpu launch {ref.name}",
        )
    say(f"{found.state.value}, address {found.host or 'not yet known'}")
    if found.state is State.RUNNING and not found.host and tail is not None:
        heed(ref.name, tail)
    return found if found.state is State.RUNNING and found.host else None
