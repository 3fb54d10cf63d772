"""The disks that an insert attaches to its instance."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cloudgpu.rehearsal.gce import disks
from cloudgpu.rehearsal.gce.catalogue import MachineType
from cloudgpu.rehearsal.gce.errors import ApiError, bad_request, invalid
from cloudgpu.rehearsal.gce.links import link, reference
from cloudgpu.rehearsal.gce.shapes import Shape
from cloudgpu.rehearsal.gce.state import Call, Cloud, Disk, Resource

_HYPERDISK_ONLY = ("a3-ultragpu", "a4-", "a4x-", "g4-")
_HYPERDISK_TOO = ("a3-", *_HYPERDISK_ONLY)
_MEMBERS = {"name": "initializeParams.diskName", "sizeGb": "initializeParams.diskSizeGb"}
_FIELDS = {**_MEMBERS, "type": "initializeParams.diskType"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """`disk` as it stands in the instance; `new` if it is made along with it."""

    entry: Resource
    disk: Disk
    new: bool


def attachments(cloud: Cloud, call: Call, shape: Shape) -> list[Attachment]:
    """ApiError unless there is a boot disk, first, and every disk can be attached. Call with the lock held."""
    wanted = call.body.get("disks") or []
    if not wanted:
        raise invalid("resource.disks", "", "No disks are specified.")
    found = []
    for number, entry in enumerate(wanted):
        field = f"resource.disks[{number}]"
        if bool(entry.get("boot")) != (number == 0):
            shown = json.dumps(entry)[:80]
            raise invalid(field, shown, "Boot disk must be the first disk attached to the instance.")
        if entry.get("type", "PERSISTENT") != "PERSISTENT":
            raise invalid(f"{field}.type", entry["type"], "Local SSDs come with the machine type here.")
        disk, new = _disk(cloud, call, entry, field)
        _check_fit(disk, shape.machine_type)
        found.append(Attachment(_entry(entry, disk, number), disk, new))
    return found


def _disk(cloud: Cloud, call: Call, entry: Resource, field: str) -> tuple[Disk, bool]:
    params = entry.get("initializeParams")
    if (params is None) == ("source" not in entry):
        raise invalid(field, "", "Exactly one of source and initializeParams must be specified.")
    if params is None:
        _, zone, name = reference(entry["source"], "disks", f"{field}.source", call.project)
        disk = cloud.disks.get((call.project, zone, name))
        if disk is None or zone != call.path["zone"]:
            raise invalid(f"{field}.source", entry["source"], "The referenced disk resource cannot be found.")
        if attached := disks.users(cloud, disk):
            user = attached[0].partition("/v1/")[2]
            raise bad_request(f"The disk resource '{disks.path(disk)}' is already being used by '{user}'")
        return disk, False
    if entry.get("boot") and not params.get("sourceImage"):
        raise invalid(f"{field}.initializeParams", "", "Source image must be specified.")
    default = call.body.get("name", "") if entry.get("boot") else f"{call.body.get('name', '')}-{field[-2]}"
    wanted = {
        "name": params.get("diskName") or default,
        "sizeGb": params.get("diskSizeGb") or entry.get("diskSizeGb"),
        "type": params.get("diskType", ""),
        "sourceImage": params.get("sourceImage", ""),
        "labels": params.get("labels", {}),
    }
    disk = disks.made(cloud, call, wanted, field, _FIELDS)
    disks.check_free(cloud, disk)
    return disk, True


def _check_fit(disk: Disk, machine_type: MachineType) -> None:
    name, hyper = machine_type.name, disk.type.startswith("hyperdisk")
    if (hyper and not name.startswith(_HYPERDISK_TOO)) or (not hyper and name.startswith(_HYPERDISK_ONLY)):
        raise bad_request(f"{disk.type} disk type cannot be used by {name} machine type.")
    built, wanted = disk.resource["architecture"], machine_type.architecture
    if "sourceImage" in disk.resource and built != wanted:
        why = f"Requested boot disk architecture ({built}) is not compatible with machine type architecture ({wanted})."
        raise ApiError(400, "invalidResourceUsage", f"Invalid resource usage: '{why}'.")


def _entry(entry: Resource, disk: Disk, number: int) -> Resource:
    return {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": entry.get("mode", "READ_WRITE"),
        "source": link(disks.path(disk)),
        "deviceName": entry.get("deviceName") or f"persistent-disk-{number}",
        "index": number,
        "boot": number == 0,
        "autoDelete": bool(entry.get("autoDelete", False)),
        "interface": entry.get("interface", "SCSI"),
        "diskSizeGb": disk.resource["sizeGb"],
        "architecture": disk.resource["architecture"],
    }
