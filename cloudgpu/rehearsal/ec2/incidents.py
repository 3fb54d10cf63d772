"""What happens to instances unasked: AWS takes a spot instance back, a guest powers itself off."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.ec2.states import Machine, Machines

NAMES = ("interrupt", "power_off")


def happen(machines: Machines, wanted: Mapping[str, object]) -> None:
    """`interrupt`: spot instances, by id, are taken back; `power_off`: guests power themselves off. ValueError for an
    instance that is not running, or not a spot instance, and then nothing happens."""
    for name in wanted:
        if name not in NAMES:
            raise ValueError(f"unknown incident {name!r}; known are {', '.join(NAMES)}")
    taken = [_running(machines, one) for one in reading.texts("interrupt", wanted.get("interrupt", []))]
    off = [_running(machines, one) for one in reading.texts("power_off", wanted.get("power_off", []))]
    for machine in taken:
        if machine.instance.lifecycle != "spot":
            raise ValueError(f"interrupt takes spot instances, and {machine.instance.id} is none")
    for machine in taken:
        machines.interrupt(machine)
    for machine in off:
        machines.power_off(machine)


def _running(machines: Machines, instance_id: str) -> Machine:
    machine = machines.get(instance_id)
    if machine is None or machine.instance.state != "running":
        raise ValueError(f"{instance_id!r} is not the id of an instance that runs")
    return machine
