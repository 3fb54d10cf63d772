"""An insert where there is no capacity: nothing boots, nothing is billed, and most of the time nothing is left."""

from __future__ import annotations

import threading
from dataclasses import replace

from cloudgpu.rehearsal.gce import capacity, operations
from cloudgpu.rehearsal.gce.settings.capacity import Dry
from cloudgpu.rehearsal.gce.state import Call, Cloud, Machine, Resource

_STAGING_AT = 0.4


def insert(cloud: Cloud, call: Call, machine: Machine, rule: Dry) -> Resource:
    """The operation, which ends with the refusal. The instance can be seen meanwhile; a phantom gets as far as STAGING
    and stays for a while. Call with the lock held."""
    key = (machine.project, machine.zone, machine.name)
    refused = capacity.stockout(cloud, machine, rule)
    cloud.machines[key] = machine

    def vanish() -> None:
        with cloud.lock:
            if cloud.machines.get(key) is machine:
                del cloud.machines[key]

    def stage() -> None:
        with cloud.lock:
            machine.status = "STAGING"

    def linger() -> None:
        if not cloud.stop.wait(rule.phantom_seconds):
            vanish()

    def haunt() -> None:
        threading.Thread(target=linger, name=f"gce-phantom-{machine.id}", daemon=True).start()

    phantom = rule.phantom_seconds > 0
    work = operations.Work(
        finish=lambda: None,
        undo=haunt if phantom else vanish,
        steps=((_STAGING_AT, stage),) if phantom else (),
        seconds=cloud.settings.capacity.seconds,
    )
    target = (machine.path, machine.id)
    machine.tail = operations.begin(cloud, replace(call, failure=refused), "insert", target, work)
    return machine.tail.resource
