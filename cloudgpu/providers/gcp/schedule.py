"""How a machine is bought and when it ends: on demand, spot or Flex-start."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudgpu.model import InstanceSpec

_DAY = timedelta(days=1)
_LIFE = timedelta(minutes=2), 120 * _DAY  # what maxRunDuration takes
_FLEX_LIFE = timedelta(minutes=10), 7 * _DAY
_FLEX_WAIT = timedelta(seconds=90), timedelta(hours=2)  # of requestValidForDuration; nought: now or never


def scheduling(spec: InstanceSpec, now: datetime) -> dict[str, object]:
    """Google itself removes the machine when its time is over, even if nobody is there to ask for it."""
    flex, spot = spec.offer.flex_start, spec.offer.spot
    wanted: dict[str, object] = {
        "on_host_maintenance": "TERMINATE",
        "automatic_restart": False,
        "provisioning_model": "FLEX_START" if flex else "SPOT" if spot else "STANDARD",
    }
    bounds = _FLEX_LIFE if flex else _LIFE
    life = spec.expires_at - now if spec.expires_at else bounds[1] if flex else None
    if life is not None:
        return wanted | _ending(life, *bounds)
    return wanted | ({"instance_termination_action": "DELETE"} if spot else {})


def what_is_left(expires_at: datetime, now: datetime) -> dict[str, object]:
    """The change for a stopped machine whose end stays the same: Google counts from its newest start."""
    return _ending(expires_at - now, *_LIFE)


def _ending(life: timedelta, shortest: timedelta, longest: timedelta) -> dict[str, object]:
    seconds = int(min(max(life, shortest), longest).total_seconds())
    return {"max_run_duration": {"seconds": seconds}, "instance_termination_action": "DELETE"}


def waiting(spec: InstanceSpec) -> timedelta:
    """How long Google looks for capacity before it says no: nought unless it queues, and somebody has the patience."""
    if not spec.offer.flex_start or not spec.patience:
        return timedelta()
    return min(max(spec.patience, _FLEX_WAIT[0]), _FLEX_WAIT[1])
