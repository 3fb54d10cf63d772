"""destroy: everything of a launch goes, and the cloud is asked whether it did."""

from __future__ import annotations

from cloudgpu.errors import ProviderError, Scope
from cloudgpu.events import Say, step
from cloudgpu.model import Instance, InstanceRef, Receipt, Record, Removed
from cloudgpu.protocols import HasLeftovers, Provider
from cloudgpu.rules import cost
from cloudgpu.workflows.deps import Deps


def destroy(record: Record, deps: Deps) -> Receipt:
    """Remove every trace of the record's launch, by launch id. The name is forgotten only when nothing is left."""
    with step(deps.emit, f"destroy {record.name}") as say:
        gone = remove(record, deps.provider, say)
    left: tuple[str, ...] = ()
    if isinstance(deps.provider, HasLeftovers):
        with step(deps.emit, "look for anything that still bills"):
            left = tuple(deps.provider.leftovers(record.launch_id))
    if not left:
        deps.store.forget(record.name, record.launch_id)
    return Receipt(record.name, tuple(_removed(one, record, deps) for one in gone), left)


def remove(record: Record, provider: Provider, say: Say) -> list[Instance]:
    """Destroy in every place where this launch may have left something; the instances that were there.

    A refused attempt leaves nothing behind, so only a place where an instance is found, and the one asked last, count.
    """
    refs = _refs(record)
    gone = []
    for ref in refs:
        found, refused_late = _find(ref, provider)
        if found is not None or refused_late or ref is refs[-1]:
            say(f"{ref.zone} to say that it is gone")
            provider.destroy(found.ref if found else ref)
        if found is not None:
            gone.append(found)
    return gone


def _find(ref: InstanceRef, provider: Provider) -> tuple[Instance | None, bool]:
    """What is there, or whether the cloud has only now said that it took the machine back: then its rest has to go."""
    try:
        return provider.find(ref), False
    except ProviderError as refusal:
        if refusal.scope is Scope.ACCOUNT:
            raise
        return None, True


def _refs(record: Record) -> list[InstanceRef]:
    there = {(ref.region, ref.zone): ref for ref in record.tried}
    if record.instance is not None:
        there.pop((record.instance.ref.region, record.instance.ref.zone), None)
        return [*there.values(), record.instance.ref]
    return list(there.values())


def _removed(found: Instance, record: Record, deps: Deps) -> Removed:
    now = deps.now()
    hourly = found.hourly or (record.instance.hourly if record.instance else None)
    return Removed(
        kind=f"instance {found.instance_type} in {found.ref.zone}",
        id=found.ref.id or "",
        hours=cost.hours_between(found.created_at, now),
        usd=cost.so_far(hourly, found.created_at, now),
    )
