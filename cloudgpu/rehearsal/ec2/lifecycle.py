"""StartInstances, StopInstances, RebootInstances, TerminateInstances: all the instances named, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudgpu.rehearsal.ec2 import quotas
from cloudgpu.rehearsal.ec2.capacity import ENDED_BEFORE_IT_RAN, Wanted, restart
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.states import Machine
from cloudgpu.rehearsal.ec2.wire import Answer
from cloudgpu.rehearsal.world import HasDisks


def start(cloud: Cloud, call: Call) -> Answer:
    machines = _named(cloud, call)
    for machine in machines:
        if machine.instance.state not in ("stopped", "running", "pending"):
            raise _wrong_state(machine, "started")
    stopped = [machine for machine in machines if machine.instance.state == "stopped"]
    for machine in stopped:
        _granted(cloud, machine)
    late = [machine.instance.id for machine in stopped if _late(cloud, machine)]

    def begin(machine: Machine) -> None:
        cloud.machines.start(machine, ENDED_BEFORE_IT_RAN if machine.instance.id in late else None)

    return _change(cloud, call, "StartingInstances", machines, begin, from_states=("stopped",))


def _granted(cloud: Cloud, machine: Machine) -> None:
    """Stopped instances count against no quota; one that starts does."""
    instance = machine.instance
    quotas.grant(
        cloud.engine.instance_types,
        machine.ec2,
        cloud.settings.quotas,
        instance.instance_type,
        spot=instance.lifecycle == "spot",
        least=1,
        most=1,
    )


def _late(cloud: Cloud, machine: Machine) -> bool:
    instance = machine.instance
    wanted = Wanted(instance.instance_type, instance.lifecycle == "spot")
    return restart(cloud.settings.capacity, wanted, instance.placement.zone)


def stop(cloud: Cloud, call: Call) -> Answer:
    machines = _named(cloud, call)
    for machine in machines:
        instance = machine.instance
        if instance.state not in ("running", "stopping", "stopped"):
            raise _wrong_state(machine, "stopped")
        if instance.lifecycle == "spot":
            raise Refused(
                "UnsupportedOperation",
                f"You can't stop the Spot Instance '{instance.id}' because it is associated with a one-time Spot"
                " Instance request. You can only stop Spot Instances associated with persistent Spot Instance"
                " requests.",
            )
        if instance.disable_api_stop:
            raise Refused(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and"
                " try again.",
            )
    return _change(cloud, call, "StoppingInstances", machines, cloud.machines.stop, from_states=("running",))


def reboot(cloud: Cloud, call: Call) -> Answer:
    for machine in _named(cloud, call):
        if machine.instance.state != "running":
            raise _wrong_state(machine, "rebooted")
        if isinstance(guests := cloud.world.guests, HasDisks):
            guests.reboot(machine.guest.id)
    return cloud.engine.tell("RebootInstances", {})


def terminate(cloud: Cloud, call: Call) -> Answer:
    """Terminated already is success."""
    machines = _named(cloud, call)
    for machine in machines:
        if machine.instance.disable_api_termination:
            raise Refused(
                "OperationNotPermitted",
                f"The instance '{machine.instance.id}' may not be terminated. Modify its 'disableApiTermination'"
                " instance attribute and try again.",
            )
    alive = ("pending", "running", "stopping", "stopped")
    return _change(cloud, call, "TerminatingInstances", machines, cloud.machines.terminate, from_states=alive)


def _named(cloud: Cloud, call: Call) -> list[Machine]:
    ids = call.params["InstanceIds"]
    found = [machine for one in ids if (machine := cloud.machines.get(one)) and machine.ec2 is call.ec2]
    missing = sorted(set(ids) - {machine.instance.id for machine in found})
    if missing:
        raise unknown(missing)
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    return found


def unknown(ids: Sequence[str]) -> Refused:
    if len(ids) == 1:
        return Refused("InvalidInstanceID.NotFound", f"The instance ID '{ids[0]}' does not exist")
    return Refused("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(ids)}' do not exist")


def _wrong_state(machine: Machine, done: str) -> Refused:
    return Refused(
        "IncorrectInstanceState",
        f"The instance '{machine.instance.id}' is not in a state from which it can be {done}.",
    )


def _change(
    cloud: Cloud,
    call: Call,
    said_as: str,
    machines: Sequence[Machine],
    do: Callable[[Machine], None],
    *,
    from_states: tuple[str, ...],
) -> Answer:
    rows = []
    for machine in machines:
        before = _state(machine)
        if machine.instance.state in from_states:
            do(machine)
        rows.append({"InstanceId": machine.instance.id, "CurrentState": _state(machine), "PreviousState": before})
    return cloud.engine.tell(call.action, {said_as: rows})


def _state(machine: Machine) -> dict[str, object]:
    return {"Code": machine.instance.state_code, "Name": machine.instance.state}
