"""What happens to an instance after its insert: it comes up, is stopped, started, deleted, or its time runs out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from cloudgpu.rehearsal.gce import capacity, disks, flex, guest, instances, operations, quotas
from cloudgpu.rehearsal.gce.discovery import document
from cloudgpu.rehearsal.gce.errors import ApiError, OperationError, bad_request
from cloudgpu.rehearsal.gce.links import link, now
from cloudgpu.rehearsal.gce.operations import STARTS_AT, Step, Work
from cloudgpu.rehearsal.gce.state import Call, Cloud, Machine, Resource
from cloudgpu.rehearsal.world import power_off

_STAGING_AT = 0.4


def coming_up(cloud: Cloud, machine: Machine, undo: Callable[[], None], patience: float = 0) -> Work:
    """From PROVISIONING to RUNNING, where the guest boots and the bill begins. With `patience`, in seconds, it is first
    PENDING until there is capacity."""
    steps: tuple[tuple[float, Step], ...] = ((_STAGING_AT, lambda: _turn(cloud, machine, "STAGING")),)
    if patience:
        machine.status = "PENDING"
        steps = ((STARTS_AT, flex.waiting(cloud, machine, patience, undo)), *steps)

    def finish() -> OperationError | None:
        if refused := _gone(cloud, machine):
            return refused
        identity = guest.identity(cloud, machine, lambda: _went_off(cloud, machine))
        cloud.world.guests.boot(guest.spec(machine, identity))
        with cloud.lock:
            machine.status, machine.port_told = "RUNNING", False
            machine.boots += 1
            machine.resource["lastStartTimestamp"] = now()
            cloud.world.ledger.open("gcp", "instance", machine.bill_id, machine.name, machine.hourly)
        _limit_life(cloud, machine)
        return None

    return Work(finish=finish, undo=undo, steps=steps)


def _went_off(cloud: Cloud, machine: Machine) -> None:
    """The guest has powered itself off, as `compute.instances.guestTerminate`."""
    with cloud.lock:
        there = cloud.machines.get((machine.project, machine.zone, machine.name)) is machine
        if there and machine.status == "RUNNING":
            _terminate(cloud, machine)


def _gone(cloud: Cloud, machine: Machine) -> OperationError | None:
    """The refusal for who comes too late."""
    with cloud.lock:
        if cloud.machines.get((machine.project, machine.zone, machine.name)) is machine:
            return None
    return OperationError("RESOURCE_NOT_FOUND", f"The resource '{machine.path}' was not found", 404)


def _turn(cloud: Cloud, machine: Machine, status: str) -> None:
    with cloud.lock:
        machine.status = status


def _chain(cloud: Cloud, call: Call, machine: Machine, kind: str, work: Work) -> Resource:
    """Begin when what the instance is busy with is over."""
    target = (machine.path, machine.id)
    machine.tail = operations.begin(cloud, call, kind, target, work, after=machine.tail)
    return machine.tail.resource


def delete(cloud: Cloud, call: Call) -> Resource:
    machine = instances.find(cloud, call)
    if machine.resource["deletionProtection"]:
        why = "Resource cannot be deleted if it's protected against deletion."
        raise ApiError(400, "invalidResourceUsage", f"Invalid resource usage: '{why}'.")
    return _going_down(cloud, call, machine, "delete", lambda: _remove(cloud, machine))


def stop(cloud: Cloud, call: Call) -> Resource:
    machine = instances.find(cloud, call)
    if machine.status == "PENDING":
        raise ApiError(400, "resourceNotReady", f"The resource '{machine.path}' is not ready")
    if machine.local_ssd and "discardLocalSsd" not in call.query:
        raise bad_request(
            "VM has a Local SSD attached but an undefined value for `discard-local-ssd`. If using gcloud, please add "
            "`--discard-local-ssd=false` or `--discard-local-ssd=true` to your command."
        )
    return _going_down(cloud, call, machine, "stop", lambda: _terminate(cloud, machine))


def _going_down(cloud: Cloud, call: Call, machine: Machine, kind: str, end: Callable[[], None]) -> Resource:
    before = machine.status

    def begin() -> None:
        nonlocal before
        with cloud.lock:
            before = machine.status if machine.status != "STOPPING" else before
            machine.status = "STOPPING" if machine.status != "TERMINATED" else machine.status

    def finish() -> OperationError | None:
        if refused := _gone(cloud, machine):
            return refused
        if kind == "delete":
            cloud.world.guests.halt(machine.guest_id)
        else:
            power_off(cloud.world.guests, machine.guest_id)
        end()
        return None

    if machine.tail is None or machine.tail.done.is_set() or machine.status == "PENDING":
        begin()  # what waits for capacity waits no longer
    undo = lambda: _turn(cloud, machine, before)  # noqa: E731  it has to see what `before` is then
    return _chain(cloud, call, machine, kind, Work(finish=finish, undo=undo, steps=((0.0, begin),)))


def _remove(cloud: Cloud, machine: Machine) -> None:
    with cloud.lock:
        cloud.machines.pop((machine.project, machine.zone, machine.name), None)
        cloud.world.ledger.close("gcp", "instance", machine.bill_id)
        own = {entry["source"] for entry in machine.resource["disks"] if entry["autoDelete"]}
        for disk in [one for one in cloud.disks.values() if link(disks.path(one)) in own]:
            disks.remove(cloud, disk)


def _terminate(cloud: Cloud, machine: Machine) -> None:
    with cloud.lock:
        machine.status = "TERMINATED"
        machine.resource["lastStopTimestamp"] = now()
        machine.resource.pop("resourceStatus", None)
        cloud.world.ledger.close("gcp", "instance", machine.bill_id, by="stopped")


def start(cloud: Cloud, call: Call) -> Resource:
    machine = instances.find(cloud, call)
    if machine.status == "RUNNING":
        return _chain(cloud, call, machine, "start", Work(finish=lambda: None))
    if machine.status != "TERMINATED":
        raise ApiError(400, "resourceNotReady", f"The resource '{machine.path}' is not ready")
    machine.status = "PROVISIONING"
    work = coming_up(cloud, machine, lambda: _turn(cloud, machine, "TERMINATED"))
    refused, rule = quotas.refusal(cloud, call.project, machine, [], there=True), capacity.dry(cloud, machine)
    if refused is None and rule is not None and call.failure is None:
        refused = capacity.stockout(cloud, machine, rule)
        work = replace(work, steps=(), seconds=cloud.settings.capacity.seconds)
    call = replace(call, failure=refused or call.failure)
    return _chain(cloud, call, machine, "start", work)


def _limit_life(cloud: Cloud, machine: Machine) -> None:
    """The server's own dead man's switch: `maxRunDuration` or `terminationTime`."""
    scheduling = machine.resource["scheduling"]
    if "maxRunDuration" in scheduling:
        seconds = float(scheduling["maxRunDuration"].get("seconds", 0))
    elif "terminationTime" in scheduling:
        end = datetime.fromisoformat(scheduling["terminationTime"].replace("Z", "+00:00"))
        seconds = (end - datetime.now(timezone.utc)).total_seconds()
    else:
        return
    boot = machine.boots
    moment = datetime.fromtimestamp(datetime.now(timezone.utc).timestamp() + seconds, timezone.utc)
    told = {"scheduling": {"terminationTimestamp": moment.isoformat(timespec="milliseconds")}}
    with cloud.lock:
        machine.resource["resourceStatus"] = told

    def end_it() -> None:
        if cloud.stop.wait(seconds):
            return
        verb = "delete" if scheduling.get("instanceTerminationAction") == "DELETE" else "stop"
        path = {"project": machine.project, "zone": machine.zone, "instance": machine.name}
        call = Call(document().methods[f"compute.instances.{verb}"], path, {"discardLocalSsd": True}, {})
        with cloud.lock:
            there = cloud.machines.get((machine.project, machine.zone, machine.name)) is machine
            if there and machine.boots == boot and machine.status == "RUNNING":
                end = _remove if verb == "delete" else _terminate
                _going_down(cloud, call, machine, verb, lambda: end(cloud, machine))

    threading.Thread(target=end_it, name=f"gce-end-of-{machine.id}", daemon=True).start()
