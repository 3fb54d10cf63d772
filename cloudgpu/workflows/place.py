"""The loop over offers: not here, then the next one; nowhere, then again later if that was asked for."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.events import Note, step
from cloudgpu.model import Plan, Record, State
from cloudgpu.retry import until
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.running import running
from cloudgpu.workflows.search import Search

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0


def place(plan: Plan, record: Record, deps: Deps) -> Record:
    """The record with an instance that runs: one that an earlier run of this launch made, or a new one.

    Each attempt is written down before the cloud is asked. CapacityError or QuotaError when every offer was refused,
    after `plan.wait_for_capacity` of asking again where that is set; a refusal that reaches further than a place ends
    the search at once.
    """
    with step(deps.emit, "create instance") as say:
        for ref in record.tried:
            found = deps.provider.find(ref)
            if found and found.state in (State.PENDING, State.RUNNING):
                deps.emit(Note(f"Going on with the instance that is there: {found.ref.id} in {found.ref.zone}."))
                record = replace(record, instance=running(found.ref, deps, say))
                deps.store.save(record)
                return record
        search = Search(plan, record, deps, say)
        if plan.wait_for_capacity is None:
            return search.round() or search.give_up()
        return until(
            search.round,
            within=plan.wait_for_capacity.total_seconds(),
            otherwise=search.nowhere,
            every=_FIRST_PAUSE,
            at_most=_LONGEST_PAUSE,
            sleep=search.pause,
        )
