"""launch: the main road, and the way back when any part of it fails."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace

from cloudgpu.errors import CloudgpuError, UsageError
from cloudgpu.events import Emit, Event, Note, StepDone, step
from cloudgpu.model import Plan, Record, StepTime
from cloudgpu.workflows.arrive import arrive
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.destroy import remove
from cloudgpu.workflows.notebook import start_notebook
from cloudgpu.workflows.own_script import run_own_script
from cloudgpu.workflows.place import place
from cloudgpu.workflows.ready import check_machine


def launch(plan: Plan, deps: Deps, *, own_script: bytes = b"") -> Record:
    """From a plan to a notebook that answers. Whatever stops it, everything with this launch id is removed again.

    `own_script` runs on the machine as soon as ours is through, before anything is looked at."""
    times: list[StepTime] = []
    deps = replace(deps, emit=_noting(times, deps.emit))
    with ExitStack() as undo:
        undo.callback(_undo, plan, deps)
        record = deps.store.reserve(plan.name, plan.launch_id, plan.origin)
        if record.launch_id != plan.launch_id:
            raise UsageError(
                f"{plan.name} has just been taken by another launch.",
                remedy=f"cloudgpu status {plan.name}  # or launch under another name",
            )
        record = place(plan, record, deps)
        record, remote = arrive(record, deps)
        with closing(remote):
            if own_script:
                run_own_script(record.name, own_script, remote, deps)
            check_machine(remote, deps)
            record = start_notebook(record, plan.container, remote, deps)
        record = replace(record, ready=True, steps=tuple(times))
        deps.store.save(record)
        undo.pop_all()
    return record


def unfinished(name: str, deps: Deps) -> Record | None:
    """What is left to do for a name that is known: None for a new launch, or the record of an unfinished one.

    A finished one that its cloud has no more is forgotten, so that the name is free again. UsageError where the name
    belongs to another account or provider.
    """
    record = deps.store.load(name)
    if record is None:
        return None
    if record.origin != deps.origin:
        raise UsageError(
            f"{name} is taken by an instance on {record.origin.provider}"
            f"{' (a rehearsal)' if record.origin.rehearsal else ''}.",
            remedy=f"Launch under another name, or remove that one: cloudgpu destroy {name}",
        )
    if record.instance is not None and record.ready and deps.provider.find(record.instance.ref) is None:
        deps.emit(Note(f"The former {name} is gone from {deps.provider.name}; this is a new launch."))
        deps.store.forget(name, record.launch_id)
        return None
    return record


def _noting(times: list[StepTime], emit: Emit) -> Emit:
    def noting(event: Event) -> None:
        if isinstance(event, StepDone):
            times.append(StepTime(event.step, round(event.seconds, 3)))
        emit(event)

    return noting


def _undo(plan: Plan, deps: Deps) -> None:
    """Remove what this launch id made; forget the name last. Never hides the error that led here."""
    record = deps.store.load(plan.name)
    if record is None or record.launch_id != plan.launch_id:
        return
    by_hand = f"cloudgpu destroy {plan.name} --yes"
    try:
        with step(deps.emit, "undo: remove what was made") as say:
            remove(record, deps.provider, say)
        deps.store.forget(plan.name, plan.launch_id)
        deps.emit(Note(f"Nothing of {plan.name} is left."))
    except KeyboardInterrupt:
        deps.emit(Note(f"Interrupted again: {plan.name} may still be there and cost money. {by_hand}", warning=True))
    except CloudgpuError as error:
        text = f"{plan.name} could not be removed ({error.brief}) and may still cost money. {by_hand}"
        deps.emit(Note(text, warning=True))
