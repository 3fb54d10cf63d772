"""stop: the machine is switched off; its disk stays, and is billed."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.errors import NotFoundError, UsageError
from cloudgpu.events import step
from cloudgpu.model import Record
from cloudgpu.protocols import CanStop, Provider
from cloudgpu.workflows.deps import Deps


def stop(record: Record, deps: Deps) -> Record:
    """The record of a machine that is off. NotFoundError where its cloud has it no more, UsageError for a machine that
    cannot be switched off."""
    provider = able(deps.provider, record)
    if record.instance is None:
        raise NotFoundError(
            f"{record.name} has no instance yet.", remedy=f"cloudgpu launch {record.name}  # resumes it"
        )
    with step(deps.emit, f"stop {record.name}") as say:
        say("its cloud to say that it is off")
        provider.stop(record.instance.ref)
    found = deps.provider.find(record.instance.ref)
    if found is None:
        raise NotFoundError(f"{record.name} is gone from its cloud.", remedy=f"cloudgpu destroy {record.name}")
    record = replace(record, instance=replace(found, hourly=record.instance.hourly or found.hourly))
    deps.store.save(record)
    return record


def able(provider: Provider, record: Record) -> CanStop:
    """The provider, if it can switch machines off and on."""
    if not isinstance(provider, CanStop):
        raise UsageError(
            f"Machines of {provider.name} cannot be stopped and started here.",
            remedy=f"cloudgpu destroy {record.name}  # ends the billing",
        )
    return provider
