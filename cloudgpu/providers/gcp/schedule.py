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
    shortest, longest = _FLEX_LIFE if flex else _LIFE
    life = spec.expires_at - now if spec.expires_at else longest if flex else None
    if life is not None:
        wanted["max_run_duration"] = {"seconds": int(min(max(life, shortest), longest).total_seconds())}
    if life is not None or spot:
        wanted["instance_termination_action"] = "DELETE"
    return wanted


def waiting(spec: InstanceSpec) -> timedelta:
    """How long Google looks for capacity before it says no: nought unless it queues, and somebody has the patience."""
    if not spec.offer.flex_start or not spec.patience:
        return timedelta()
    return min(max(spec.patience, _FLEX_WAIT[0]), _FLEX_WAIT[1])
