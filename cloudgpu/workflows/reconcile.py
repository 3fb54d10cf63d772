"""reconcile: the labels in the cloud are the truth; this computer's memo follows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cloudgpu.errors import AuthError, ProviderError
from cloudgpu.events import Note
from cloudgpu.model import Instance, Record, State
from cloudgpu.workflows.deps import Deps

_TOLD = 10  # adopted instances that get a line of their own


@dataclass(frozen=True, slots=True)
class Seen:
    """What an account shows of ours, by launch id; or why it shows nothing."""

    deps: Deps
    living: Mapping[str, Instance]
    refusal: ProviderError | None = None


def reconcile(deps: Deps) -> None:
    """`look`, and then `settle`."""
    settle(look(deps))


def look(deps: Deps) -> Seen:
    """One question to the cloud. Changes and tells nothing: several accounts can be looked at side by side."""
    try:
        return Seen(deps, {one.ref.launch_id: one for one in deps.provider.instances()})
    except ProviderError as error:
        return Seen(deps, {}, error)


def settle(seen: Seen) -> None:
    """Take up what bears our label and is not known here, update what is known, drop what the cloud has no more. One
    question for each that seems to be gone; one change of the memo, however many there are.

    A cloud that could not be asked changes nothing and is told in a note.
    """
    deps, living = seen.deps, dict(seen.living)
    if seen.refusal is not None:
        quiet = isinstance(seen.refusal, AuthError)
        deps.emit(Note(f"{deps.provider.name} was not asked: {seen.refusal.brief}", warning=not quiet))
        return
    known = deps.store.records()
    changed: list[Record] = []
    for record in known:
        found = living.pop(record.launch_id, None)
        if record.origin != deps.origin:  # the same account can be reached in two ways: it is known, and not ours
            continue
        if found is not None:
            hourly = found.hourly or (record.instance.hourly if record.instance else None)
            changed.append(replace(record, instance=replace(found, hourly=hourly)))
        elif record.ready and _gone(record, deps):
            deps.emit(Note(f"{record.name} is gone from {deps.provider.name}."))
            deps.store.forget(record.name, record.launch_id)
    there = [one for one in living.values() if one.state in (State.PENDING, State.RUNNING, State.STOPPED)]
    adopted = _adopted(there, {record.name for record in known}, deps)
    deps.store.save_all([*changed, *adopted])
    _tell(adopted, deps)


def _gone(record: Record, deps: Deps) -> bool:
    """Not only missing in a list, which leaves out a place that gives no answer."""
    try:
        return record.instance is None or deps.provider.find(record.instance.ref) is None
    except ProviderError:
        return False


def _adopted(found: Iterable[Instance], taken: set[str], deps: Deps) -> list[Record]:
    """Records of instances that were launched elsewhere, under free names. Their host keys are asked for when they are
    needed: here it would be a question for each."""
    records = []
    for one in found:
        name = one.ref.name if one.ref.name not in taken else f"{one.ref.name[:32]}-{one.ref.launch_id[:6]}"
        taken.add(name)
        records.append(
            Record(
                name,
                one.ref.launch_id,
                deps.origin,
                one.created_at,
                tried=(one.ref,),
                instance=one,
                jupyter_port=8888,
                ready=one.state is not State.PENDING,
            )
        )
    return records


def _tell(adopted: list[Record], deps: Deps) -> None:
    for record in adopted[:_TOLD]:
        deps.emit(Note(f"Found {record.name} in {deps.provider.name}, which was not known here."))
    if len(adopted) > _TOLD:
        deps.emit(Note(f"And {len(adopted) - _TOLD} more which were not known here."))
