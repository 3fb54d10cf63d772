"""What an insert attaches to its instance: disks and network interfaces."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cloudgpu.rehearsal.gce import disks
from cloudgpu.rehearsal.gce.catalogue import region_of
from cloudgpu.rehearsal.gce.errors import bad_request, invalid
from cloudgpu.rehearsal.gce.links import fingerprint, link, reference
from cloudgpu.rehearsal.gce.networks import DEFAULT
from cloudgpu.rehearsal.gce.shapes import Shape
from cloudgpu.rehearsal.gce.state import Call, Cloud, Disk, Resource

_HYPERDISK_ONLY = frozenset({"a4", "a4x", "g4"})
_HYPERDISK_TOO = frozenset({"a3", *_HYPERDISK_ONLY})
_NEEDS_GVNIC = frozenset({"a3", "a4", "a4x", "g4"})
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
        _check_fit(disk.type, shape)
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
    disk = disks.made(call, wanted, field, _FIELDS)
    disks.check_free(cloud, disk)
    return disk, True


def _check_fit(disk_type: str, shape: Shape) -> None:
    family, hyper = shape.machine_type.family, disk_type.startswith("hyperdisk")
    if (hyper and family not in _HYPERDISK_TOO) or (not hyper and family in _HYPERDISK_ONLY):
        raise bad_request(f"{disk_type} disk type cannot be used by {shape.machine_type.name} machine type.")


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
        "architecture": "X86_64",
    }


def interfaces(call: Call, shape: Shape, address: str) -> list[Resource]:
    """ApiError unless there is exactly one interface, on the default network. `address` is its internal one."""
    wanted = call.body.get("networkInterfaces") or []
    if not wanted:
        raise invalid("resource.networkInterfaces", "", "At least one network interface is required.")
    if len(wanted) > 1:
        raise invalid("resource.networkInterfaces", "", "Networks must be distinct for NICs attached to a VM.")
    entry, field = wanted[0], "resource.networkInterfaces[0]"
    region = region_of(call.path["zone"])
    for kind, scope in (("network", "global"), ("subnetwork", region)):
        if text := entry.get(kind):
            found = reference(text, f"{kind}s", f"{field}.{kind}", call.project)
            if found != (call.project, scope, DEFAULT):
                raise invalid(f"{field}.{kind}", text, f"The referenced {kind} resource cannot be found.")
    if shape.machine_type.family in _NEEDS_GVNIC and entry.get("nicType") != "GVNIC":
        raise bad_request(f"{shape.machine_type.name} machine type requires the GVNIC network interface type.")
    project = f"projects/{call.project}"
    settled = {
        "kind": "compute#networkInterface",
        "name": "nic0",
        "network": link(f"{project}/global/networks/{DEFAULT}"),
        "subnetwork": link(f"{project}/regions/{region}/subnetworks/{DEFAULT}"),
        "networkIP": entry.get("networkIP", address),
        "stackType": entry.get("stackType", "IPV4_ONLY"),
        "fingerprint": fingerprint(address),
    }
    if "nicType" in entry:
        settled["nicType"] = entry["nicType"]
    if entry.get("accessConfigs"):
        settled["accessConfigs"] = [_access(entry["accessConfigs"], field)]
    return [settled]


def _access(configs: list[Resource], field: str) -> Resource:
    if len(configs) > 1:
        raise invalid(f"{field}.accessConfigs", "", "At most one access config is supported.")
    one = configs[0]
    if one.get("natIP"):
        why = "The specified external IP address was not found."
        raise invalid(f"{field}.accessConfigs[0].natIP", one["natIP"], why)
    return {
        "kind": "compute#accessConfig",
        "type": one.get("type", "ONE_TO_ONE_NAT"),
        "name": one.get("name", "External NAT"),
        "networkTier": one.get("networkTier", "PREMIUM"),
    }
