"""reconcile: the labels in the cloud are the truth; this computer's memo follows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cloudgpu.errors import AuthError, ProviderError
from cloudgpu.events import Note
from cloudgpu.model import Instance, Record, State
from cloudgpu.protocols import HasHostKeys, Provider
from cloudgpu.workflows.deps import Deps


def reconcile(deps: Deps) -> None:
    """Take up what bears our label and is not known here, update what is known, drop what the cloud has no more.

    A cloud that cannot be asked changes nothing and is told in a note.
    """
    try:
        living = {one.ref.launch_id: one for one in deps.provider.instances()}
    except ProviderError as error:
        quiet = isinstance(error, AuthError)
        deps.emit(Note(f"{deps.provider.name} was not asked: {error.brief}", warning=not quiet))
        return
    for record in deps.store.records():
        found = living.pop(record.launch_id, None)
        if record.origin != deps.origin:  # the same account can be reached in two ways: it is known, and not ours
            continue
        if found is not None:
            hourly = found.hourly or (record.instance.hourly if record.instance else None)
            deps.store.save(replace(record, instance=replace(found, hourly=hourly)))
        elif record.ready:
            deps.emit(Note(f"{record.name} is gone from {deps.provider.name}."))
            deps.store.forget(record.name, record.launch_id)
    for found in living.values():
        if found.state in (State.PENDING, State.RUNNING, State.STOPPED):
            _adopt(found, deps)


def _adopt(found: Instance, deps: Deps) -> None:
    taken: Mapping[str, Record] = {record.name: record for record in deps.store.records()}
    name = found.ref.name
    if name in taken:
        name = f"{name[:32]}-{found.ref.launch_id[:6]}"
    keys = _keys(found, deps.provider) if found.state is State.RUNNING else ()
    reserved = deps.store.reserve(name, found.ref.launch_id, deps.origin)
    if reserved.launch_id == found.ref.launch_id:
        record = replace(
            reserved,
            created_at=found.created_at,
            tried=(found.ref,),
            instance=found,
            host_keys=keys,
            jupyter_port=8888,
            ready=bool(keys),
        )
        deps.store.save(record)
        deps.emit(Note(f"Found {name} in {deps.provider.name}, which was not known here."))


def _keys(found: Instance, provider: Provider) -> tuple[str, ...]:
    return tuple(provider.host_keys(found.ref)) if isinstance(provider, HasHostKeys) else ()
