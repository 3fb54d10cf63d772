"""A record's machine as its cloud has it now, also of a launch that is not finished."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.errors import NotFoundError, UnreachableError
from cloudgpu.model import Instance, Record, State
from cloudgpu.protocols import HasHostKeys, Remote
from cloudgpu.workflows.arrive import target_of
from cloudgpu.workflows.deps import Deps

OFF = (State.STOPPING, State.STOPPED, State.TERMINATED)


def found(record: Record, deps: Deps) -> tuple[Record, Instance]:
    """The record with its instance as it is now, and the instance. NotFoundError where the cloud has none. Nothing is
    saved: another command may be at work on it."""
    refs = [record.instance.ref] if record.instance is not None else list(reversed(record.tried))
    for ref in refs:
        instance = deps.provider.find(ref)
        if instance is not None:
            return replace(record, instance=instance), instance
    raise NotFoundError(
        f"{deps.provider.name} has no machine of {record.name}{' any more' if record.ready else ''}.",
        remedy=f"cloudgpu destroy {record.name}  # forgets the name"
        if record.ready
        else f"cloudgpu launch {record.name}",
    )


def connected(record: Record, deps: Deps) -> Remote:
    """A shell on the record's machine. UnreachableError where it has no address or no host keys yet."""
    if record.instance is None or record.instance.host is None:
        raise UnreachableError(f"{record.name} has no address yet.", remedy=f"cloudgpu logs {record.name} --console")
    return deps.connect(target_of(_known_by_keys(record, deps)))


def _known_by_keys(record: Record, deps: Deps) -> Record:
    """The record with host keys. UnreachableError where the machine has published none yet."""
    if record.host_keys or record.instance is None or not isinstance(deps.provider, HasHostKeys):
        return record
    keys = tuple(deps.provider.host_keys(record.instance.ref))
    if not keys:
        raise UnreachableError(
            f"{record.name} has not published its SSH host keys yet.", remedy=f"cloudgpu logs {record.name} --console"
        )
    return replace(record, host_keys=keys)
