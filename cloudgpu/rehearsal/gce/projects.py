"""What a change of a project's settings does to what is in it."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal.gce import addresses, disks, images, snapshots, vpc
from cloudgpu.rehearsal.gce.settings import Project
from cloudgpu.rehearsal.gce.state import Cloud

_GONE = "project deleted"


def settle(cloud: Cloud, before: Mapping[str, Project]) -> list[str]:
    """`before`: the projects as they were set. One that is gone is emptied; one that begins with a default network now
    and did not before, or the other way round, has it, or not. The ids of guests that have to be halted. Call with the
    lock held."""
    halted = []
    for id in before.keys() - cloud.settings.projects.keys():
        halted += _emptied(cloud, id)
    for id in before.keys() & cloud.settings.projects.keys():
        if before[id].begins_with_network != cloud.settings.projects[id].begins_with_network:
            vpc.renew(cloud, id)
    return halted


def _emptied(cloud: Cloud, project: str) -> list[str]:
    machines = [one for one in cloud.machines.values() if one.project == project]
    for machine in machines:
        del cloud.machines[(project, machine.zone, machine.name)]
        cloud.world.ledger.close("gcp", "instance", machine.bill_id, by=_GONE)
    for disk in [one for one in cloud.disks.values() if one.project == project]:
        disks.remove(cloud, disk)
    for place in [key for key in cloud.addresses if key[0] == project]:
        addresses.forget(cloud, place)
    for key in [key for key in cloud.images if key[0] == project]:
        images.forget(cloud, key)
    for key in [key for key in cloud.snapshots if key[0] == project]:
        snapshots.forget(cloud, key)
    for key in [key for key in cloud.firewalls if key[0] == project]:
        del cloud.firewalls[key]
    for place in [key for key in cloud.subnetworks if key[0] == project]:
        del cloud.subnetworks[place]
    cloud.networks.pop(project, None)
    return [machine.guest_id for machine in machines]
