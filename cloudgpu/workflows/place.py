"""The loop over offers: not here, then the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cloudgpu.errors import CapacityError, ProviderError, QuotaError
from cloudgpu.events import Note, Say, step
from cloudgpu.model import Attempt, InstanceRef, InstanceSpec, Offer, Plan, Record, State
from cloudgpu.rules import choose, startup
from cloudgpu.workflows.deps import Deps

_USER = "cloudgpu"


def place(plan: Plan, record: Record, deps: Deps) -> Record:
    """The record with an instance in it: one that an earlier run of this launch made, or a new one.

    Each attempt is written down before the cloud is asked. CapacityError or QuotaError when every offer was refused;
    any other refusal ends the search at once.
    """
    with step(deps.emit, "create instance") as say:
        for ref in record.tried:
            found = deps.provider.find(ref)
            if found and found.state in (State.PENDING, State.RUNNING):
                deps.emit(Note(f"Going on with the instance that is there: {found.ref.id} in {found.ref.zone}."))
                return _saved(replace(record, instance=found), deps)
        return _search(plan, record, deps, say)


def _search(plan: Plan, record: Record, deps: Deps, say: Say) -> Record:
    cidr = deps.caller_cidr()
    rest = list(plan.offers)
    last: ProviderError | None = None
    while rest:
        offer, *rest = rest
        say(f"{offer.instance_type} in {offer.zone}")
        ref = InstanceRef(plan.name, plan.launch_id, offer.region, offer.zone)
        if ref not in record.tried:
            record = _saved(replace(record, tried=(*record.tried, ref)), deps)
        try:
            instance = deps.provider.create(_spec(plan, offer, cidr, deps))
        except (CapacityError, QuotaError) as refusal:
            last = refusal
            deps.emit(Note(f"{offer.zone}: {refusal.brief}"))
            attempt = Attempt(
                offer.zone, offer.instance_type, refusal.kind, refusal.code, refusal.details or str(refusal)
            )
            record = _saved(replace(record, attempts=(*record.attempts, attempt)), deps)
            rest = choose.after(refusal, offer, rest)
            continue
        return _saved(replace(record, instance=replace(instance, hourly=offer.hourly)), deps)
    raise _nowhere(record, last)


def _nowhere(record: Record, last: ProviderError | None) -> ProviderError:
    refused = [attempt for attempt in record.attempts if attempt.kind in ("capacity", "unsupported")]
    if isinstance(last, QuotaError) or last is None or not refused:
        return last or CapacityError("There was no offer to try.", remedy="cloudgpu launch --gpu T4")
    zones = ", ".join(dict.fromkeys(attempt.zone for attempt in refused))
    return CapacityError(
        f"No capacity in any of the {len(refused)} places asked: {zones}.",
        remedy="Try again later, ask in more regions (--region), take another GPU (--gpu), or --spot.",
        code=last.code,
        details=last.details,
    )


def _spec(plan: Plan, offer: Offer, cidr: str, deps: Deps) -> InstanceSpec:
    expires_at: datetime | None = None
    if plan.limits.max_lifetime is not None:
        expires_at = deps.now() + plan.limits.max_lifetime
    return InstanceSpec(
        name=plan.name,
        launch_id=plan.launch_id,
        owner=deps.owner,
        offer=offer,
        disk_gb=plan.disk_gb,
        ssh_public_key=deps.ssh_public_key,
        user=_USER,
        caller_cidr=cidr,
        startup_script=startup.render(expires_at=expires_at, user=_USER),
        expires_at=expires_at,
    )


def _saved(record: Record, deps: Deps) -> Record:
    deps.store.save(record)
    return record
