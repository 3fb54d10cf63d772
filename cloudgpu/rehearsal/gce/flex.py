"""Flex-start machines: what their insert has to say, and how they wait for capacity, PENDING, as long as they were told
to."""

from __future__ import annotations

import time
from collections.abc import Callable

from cloudgpu.rehearsal.gce import capacity
from cloudgpu.rehearsal.gce.catalogue import MachineType
from cloudgpu.rehearsal.gce.errors import ApiError, OperationError, invalid
from cloudgpu.rehearsal.gce.state import Call, Cloud, Machine

FAMILIES = frozenset({"a2", "a3", "a4", "g2"})
SHORTEST_RUN_SECONDS, _LONGEST_RUN_SECONDS = 600, 7 * 86_400
SHORTEST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 90, 2 * 3_600
_LOOK_SECONDS = 0.02
_SCHEDULING, _WAIT = "resource.scheduling", "resource.params.requestValidForDuration"


def check(call: Call, machine_type: MachineType) -> None:
    """ApiError for an insert that is not of such a machine, or leaves out what one has to say."""
    scheduling = call.body["scheduling"]
    if machine_type.family not in FAMILIES:
        why = f"The Flex Start provisioning model does not support the machine type {machine_type.name}."
        raise invalid(f"{_SCHEDULING}.provisioningModel", "FLEX_START", why)
    for name in ("maxRunDuration", "instanceTerminationAction"):
        if not scheduling.get(name):
            raise ApiError(400, "required", f"Required field '{_SCHEDULING}.{name}' not specified")
    seconds = int(scheduling["maxRunDuration"].get("seconds", 0))
    if not SHORTEST_RUN_SECONDS <= seconds <= _LONGEST_RUN_SECONDS:
        why = "Must be between 10 minutes and 7 days for the Flex Start provisioning model."
        raise invalid(f"{_SCHEDULING}.maxRunDuration.seconds", seconds, why)
    if scheduling.get("automaticRestart"):
        why = "The Flex Start provisioning model does not support automatic restart."
        raise invalid(f"{_SCHEDULING}.automaticRestart", "true", why)
    affinity = call.body.get("reservationAffinity", {}).get("consumeReservationType", "")
    if affinity != "NO_RESERVATION":
        why = "The Flex Start provisioning model takes NO_RESERVATION only."
        raise invalid("resource.reservationAffinity.consumeReservationType", affinity, why)
    seconds = patience(call)
    if seconds and not SHORTEST_WAIT_SECONDS <= seconds <= _LONGEST_WAIT_SECONDS:
        raise invalid(f"{_WAIT}.seconds", seconds, "Must be 0, or between 90 seconds and 2 hours.")


def check_none(call: Call) -> None:
    """ApiError for a machine of another kind that would wait."""
    if "requestValidForDuration" in call.body.get("params", {}):
        raise invalid(_WAIT, "", "It can be specified with the Flex Start provisioning model only.")


def patience(call: Call) -> int:
    """Seconds; none where the insert does not say: then capacity is there at once, or it is refused."""
    return int(call.body.get("params", {}).get("requestValidForDuration", {}).get("seconds", 0))


def waiting(
    cloud: Cloud, machine: Machine, seconds: float, undo: Callable[[], None]
) -> Callable[[], OperationError | None]:
    """The step of its insert that ends as soon as it can be had; or when the time is over, with everything undone; or
    when it is deleted. Called without the lock."""

    def wait() -> OperationError | None:
        end = time.monotonic() + seconds
        with cloud.lock:
            rule = capacity.dry(cloud, machine)
            refused = capacity.stockout(cloud, machine, rule) if rule else None
        while refused is not None and _pending(cloud, machine):
            if time.monotonic() >= end:
                undo()
                return refused
            if cloud.stop.wait(_LOOK_SECONDS):
                return None
        with cloud.lock:
            if machine.status == "PENDING":
                machine.status = "PROVISIONING"
                return None
        return OperationError("OPERATION_CANCELED_BY_USER", "Operation was canceled by user ''.", 409)

    return wait


def _pending(cloud: Cloud, machine: Machine) -> bool:
    """Still wanted, and still not to be had."""
    with cloud.lock:
        return machine.status == "PENDING" and capacity.dry(cloud, machine) is not None
