"""The JSON documents of the command-line contract. Times are RFC 3339 UTC, durations seconds, money decimal strings in
USD; what is not known is null."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from cloudgpu.model import Gpu, Offer, Plan, Receipt, Record, State
from cloudgpu.ui.receipt import total
from cloudgpu.ui.text import amount, moment

Document = dict[str, object]


def document(record: Record, *, gone: bool = False, jupyter_ready: bool | None = None) -> Document:
    """One instance. `gone`: its cloud has it no more. `jupyter_ready`: what was found just now; None: as remembered."""
    one = record.instance
    container = record.container
    ready = record.ready if jupyter_ready is None else jupyter_ready
    return {
        "name": record.name,
        "launch_id": record.launch_id,
        "provider": record.origin.provider,
        "rehearsal": record.origin.rehearsal,
        "id": one.ref.id if one else None,
        "region": one.ref.region if one else None,
        "zone": one.ref.zone if one else None,
        "instance_type": one.instance_type if one else None,
        "gpu": _gpu(one.gpu) if one else None,
        "spot": one.spot if one else None,
        "state": State.TERMINATED.value if gone else one.state.value if one else None,
        "host": one.host if one else None,
        "ssh_port": one.ssh_port if one else None,
        "user": one.user if one else None,
        "price_per_hour": _money(one.hourly) if one else None,
        "created_at": moment(one.created_at if one else record.created_at),
        "expires_at": _moment(one.expires_at) if one else None,
        "container": {"id": container.id, "image": container.image, "gpu_ok": container.gpu_ok} if container else None,
        "jupyter": None if record.jupyter_port is None else {"port": record.jupyter_port, "ready": ready and not gone},
        "attempts": [
            {
                "zone": attempt.zone,
                "instance_type": attempt.instance_type,
                "class": attempt.kind,
                "code": attempt.code,
                "message": attempt.message,
                "times": attempt.times,
            }
            for attempt in record.attempts
        ],
        "steps": [{"name": step.name, "seconds": step.seconds} for step in record.steps],
        "startup": [{"name": stage.name, "seconds": stage.seconds} for stage in record.startup],
    }


def receipt(receipt: Receipt) -> Document:
    """What a destroy removed and what it left."""
    return {
        "name": receipt.name,
        "removed": [
            {"kind": one.kind, "id": one.id, "seconds": round(one.hours * 3600, 3), "usd": _money(one.usd)}
            for one in receipt.removed
        ],
        "left": list(receipt.left),
        "usd": _money(total(receipt)),
    }


def plan(plan: Plan, sources: Mapping[str, str]) -> Document:
    """What a launch would do; `sources` says from where each option came that is not the default."""
    lifetime = plan.limits.max_lifetime
    return {
        "name": plan.name,
        "provider": plan.origin.provider,
        "rehearsal": plan.origin.rehearsal,
        "account": plan.account,
        "image": plan.container.image,
        "port": plan.container.port,
        "disk_gb": plan.disk_gb,
        "max_lifetime": None if lifetime is None else lifetime.total_seconds(),
        "budget": _money(plan.limits.budget),
        "network": plan.network.name,
        "subnet": plan.network.subnet,
        "wait_for_capacity": None if plan.wait_for_capacity is None else plan.wait_for_capacity.total_seconds(),
        "offers": [_offer(offer) for offer in plan.offers],
        "quotas": [
            {"name": one.name, "scope": one.scope, "limit": one.limit, "used": one.used, "needed": one.needed}
            for one in plan.quotas
        ],
        "skipped": dict(plan.skipped),
        "sources": dict(sources),
    }


def _offer(offer: Offer) -> Document:
    return {
        "region": offer.region,
        "zone": offer.zone,
        "instance_type": offer.instance_type,
        "gpu": _gpu(offer.gpu),
        "spot": offer.spot,
        "flex_start": offer.flex_start,
        "price_per_hour": _money(offer.hourly),
    }


def _gpu(gpu: Gpu) -> Document:
    return {"type": gpu.type, "count": gpu.count}


def _money(usd: Decimal | None) -> str | None:
    return None if usd is None else amount(usd)


def _moment(when: datetime | None) -> str | None:
    return None if when is None else moment(when)
