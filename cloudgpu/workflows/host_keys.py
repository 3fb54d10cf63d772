"""The host keys of an instance that was launched from another computer, when they are needed."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.events import step
from cloudgpu.model import Record, State
from cloudgpu.protocols import HasHostKeys
from cloudgpu.workflows.deps import Deps


def lack(record: Record) -> bool:
    """Whether they have to be asked for before anything connects."""
    return record.ready and not record.host_keys and record.instance is not None


def learn(record: Record, deps: Deps) -> Record:
    """The record with its host keys, from the cloud's own channel; saved. Unchanged where the cloud tells none."""
    instance = record.instance
    if instance is None or instance.state is not State.RUNNING or not isinstance(deps.provider, HasHostKeys):
        return record
    with step(deps.emit, "get its SSH host keys"):
        keys = tuple(deps.provider.host_keys(instance.ref))
    if not keys:
        return record
    known = replace(record, host_keys=keys)
    deps.store.save(known)
    return known
