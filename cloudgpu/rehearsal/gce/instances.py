"""Instances as clients see them: one, a list, their labels and metadata, what their guests tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cloudgpu.rehearsal.gce import guest, operations, policies
from cloudgpu.rehearsal.gce.errors import bad_request, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_fingerprint, check_labels, check_metadata
from cloudgpu.rehearsal.gce.links import fingerprint
from cloudgpu.rehearsal.gce.shapes import check_end
from cloudgpu.rehearsal.gce.state import Call, Cloud, Machine, Resource
from cloudgpu.rehearsal.world import address as address_of

_LABELS_CHANGED = "Labels fingerprint either invalid or resource labels have changed"
_RESCHEDULED = frozenset({"maxRunDuration", "terminationTime", "instanceTerminationAction", "automaticRestart"})
_METADATA_CHANGED = "Supplied fingerprint does not match current metadata fingerprint."


def find(cloud: Cloud, call: Call) -> Machine:
    """By name or numeric id. ApiError 404."""
    zone, name = call.path["zone"], call.path.get("instance") or call.path["resource"]
    if found := cloud.machines.get((call.project, zone, name)):
        return found
    for machine in cloud.machines.values() if name.isdigit() else ():
        if (machine.project, machine.zone) == (call.project, zone) and name == machine.id:
            return machine
    raise not_found(f"projects/{call.project}/zones/{zone}/instances/{name}")


def view(cloud: Cloud, machine: Machine) -> Resource:
    """The Instance resource of this moment. Call with the lock held."""
    opened = guest.door(cloud, machine)
    guests = cloud.world.guests
    here = "127.0.0.1" if guests.kind == "process" else address_of(guests, machine.guest_id) or ""
    address = (opened.host if opened else here) if machine.status == "RUNNING" else ""
    resource = {**machine.resource, "status": machine.status}
    resource["networkInterfaces"] = [_addressed(one, address) for one in resource["networkInterfaces"]]
    return resource


def _addressed(interface: Resource, address: str) -> Resource:
    """With its external address, which it has only while the instance runs."""
    if not address or "accessConfigs" not in interface:
        return interface
    return {**interface, "accessConfigs": [{**one, "natIP": address} for one in interface["accessConfigs"]]}


def get(cloud: Cloud, call: Call) -> Resource:
    return view(cloud, find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    place = (call.project, call.path["zone"])
    return [view(cloud, one) for one in cloud.machines.values() if (one.project, one.zone) == place]


def scoped(cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    found = [one for one in cloud.machines.values() if one.project == call.project]
    return [(f"zones/{one.zone}", view(cloud, one)) for one in found]


def set_labels(cloud: Cloud, call: Call) -> Resource:
    machine = find(cloud, call)
    guest.door(cloud, machine)
    wanted = call.body.get("labels", {})
    check_labels(wanted, "labels")
    check_fingerprint(call.body.get("labelFingerprint"), machine.resource["labelFingerprint"], _LABELS_CHANGED)
    return _changed(cloud, call, machine, "setLabels", lambda: guest.set_labels(machine, wanted))


def set_metadata(cloud: Cloud, call: Call) -> Resource:
    machine = find(cloud, call)
    check_metadata(call.body)
    check_fingerprint(call.body.get("fingerprint"), machine.resource["metadata"]["fingerprint"], _METADATA_CHANGED)
    items = call.body.get("items", [])
    policies.check_metadata(cloud, replace(machine, resource={**machine.resource, "metadata": {"items": items}}))

    def change() -> None:
        machine.resource["metadata"] = metadata(items)

    return _changed(cloud, call, machine, "setMetadata", change)


def set_deletion_protection(cloud: Cloud, call: Call) -> Resource:
    machine, wanted = find(cloud, call), call.query.get("deletionProtection", True)

    def change() -> None:
        machine.resource["deletionProtection"] = wanted

    return _changed(cloud, call, machine, "setDeletionProtection", change)


def set_scheduling(cloud: Cloud, call: Call) -> Resource:
    """Of a stopped instance; what the request does not name stays as it is."""
    machine = find(cloud, call)
    if machine.status != "TERMINATED":
        raise bad_request(f"Instance '{machine.name}' must be stopped before its scheduling options can be set.")
    for name in call.body.keys() - _RESCHEDULED:
        raise invalid(f"scheduling.{name}", "", "This rehearsal of Compute Engine does not change it.")
    wanted = {**machine.resource["scheduling"], **call.body}
    check_end(wanted, wanted["provisioningModel"])

    def change() -> None:
        machine.resource["scheduling"] = wanted

    return _changed(cloud, call, machine, "setScheduling", change)


def metadata(items: list[Resource]) -> Resource:
    return {"kind": "compute#metadata", "fingerprint": fingerprint(items), "items": items}


def _changed(cloud: Cloud, call: Call, machine: Machine, kind: str, change: Callable[[], None]) -> Resource:
    def finish() -> None:
        with cloud.lock:
            change()

    return operations.begin(cloud, call, kind, (machine.path, machine.id), operations.Work(finish=finish)).resource


def serial_port_output(cloud: Cloud, call: Call) -> Resource:
    machine = find(cloud, call)
    policies.check_serial_port(cloud, call.project)
    return guest.serial_output(cloud, machine, call.query.get("port", 1), int(call.query.get("start", 0)))


def guest_attributes(cloud: Cloud, call: Call) -> Resource:
    query, key = call.query.get("queryPath", ""), call.query.get("variableKey", "")
    machine = find(cloud, call)
    policies.check_guest_attributes(cloud, call.project)
    return guest.attributes(cloud, machine, query, key)
