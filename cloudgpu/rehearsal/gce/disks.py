"""Disks: made along with an instance or by themselves, billed from the moment they are there."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.rehearsal.gce import operations, quotas
from cloudgpu.rehearsal.gce.catalogue import DISK_TYPES, hourly_of_disk
from cloudgpu.rehearsal.gce.errors import ApiError, invalid, not_found
from cloudgpu.rehearsal.gce.fields import check_labels, check_name
from cloudgpu.rehearsal.gce.images import Image
from cloudgpu.rehearsal.gce.images import find as find_image
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now, reference
from cloudgpu.rehearsal.gce.state import Call, Cloud, Disk, Resource

_LARGEST_GB = 65_536


def made(call: Call, wanted: Resource, field: str, names: dict[str, str]) -> Disk:
    """A disk as it would be, not yet there. `wanted` has name, labels and the fields that `names` maps to their names
    in the request: sizeGb, type, sourceImage. ApiError for one that cannot be."""
    zone = call.path["zone"]
    check_name(wanted["name"], f"{field}.{names['name']}")
    check_labels(wanted.get("labels", {}), f"{field}.labels")
    text = wanted.get("type") or f"zones/{zone}/diskTypes/pd-standard"
    where = f"{field}.{names['type']}"
    _, place, kind = reference(text, "diskTypes", where, call.project)
    if place != zone or kind not in DISK_TYPES:
        raise invalid(where, text, "The referenced diskType resource cannot be found.")
    image = _image(call, wanted.get("sourceImage", ""), field)
    size = int(wanted.get("sizeGb") or (image.size_gb if image else 500))
    if image and size < image.size_gb:
        why = f"Requested disk size cannot be smaller than the image size ({image.size_gb} GB)"
        raise invalid(f"{field}.{names['sizeGb']}", size, why)
    if not 1 <= size <= _LARGEST_GB:
        raise invalid(f"{field}.{names['sizeGb']}", size, f"Disk size must be between 1 and {_LARGEST_GB} GB")
    path = f"projects/{call.project}/zones/{zone}"
    source = {"sourceImage": link(image.path), "sourceImageId": image.resource()["id"]} if image else {}
    labels = {"labels": wanted["labels"]} if wanted.get("labels") else {}
    resource = {
        "kind": "compute#disk",
        "id": new_id(),
        "creationTimestamp": now(),
        "name": wanted["name"],
        "sizeGb": str(size),
        "zone": link(path),
        "status": "READY",
        "type": link(f"{path}/diskTypes/{kind}"),
        **source,
        **labels,
        "labelFingerprint": fingerprint(sorted(wanted.get("labels", {}).items())),
        "physicalBlockSizeBytes": "4096",
        "selfLink": link(f"{path}/disks/{wanted['name']}"),
    }
    return Disk(call.project, zone, kind, resource)


def _image(call: Call, text: str, field: str) -> Image | None:
    if not text:
        return None
    project, _, name = reference(text, "images", f"{field}.sourceImage", call.project)
    return find_image(project, name)


def path(disk: Disk) -> str:
    return f"projects/{disk.project}/zones/{disk.zone}/disks/{disk.resource['name']}"


def check_free(cloud: Cloud, disk: Disk) -> None:
    """409 if there is one of that name. Call with the lock held."""
    if (disk.project, disk.zone, disk.resource["name"]) in cloud.disks:
        raise ApiError(409, "alreadyExists", f"The resource '{path(disk)}' already exists")


def add(cloud: Cloud, disk: Disk) -> None:
    """It is there from now on, and billed. Call with the lock held."""
    cloud.disks[(disk.project, disk.zone, disk.resource["name"])] = disk
    hourly = hourly_of_disk(disk.type, disk.size_gb)
    cloud.world.ledger.open("gcp", "disk", disk.resource["id"], disk.resource["name"], hourly)


def remove(cloud: Cloud, disk: Disk) -> None:
    """It is gone, and billed no more. Call with the lock held."""
    cloud.disks.pop((disk.project, disk.zone, disk.resource["name"]), None)
    cloud.world.ledger.close("gcp", "disk", disk.resource["id"])


def users(cloud: Cloud, disk: Disk) -> list[str]:
    """Links of the instances that it is attached to. Call with the lock held."""
    source = link(path(disk))
    return [
        link(machine.path)
        for machine in cloud.machines.values()
        if any(attached.get("source") == source for attached in machine.resource["disks"])
    ]


def view(cloud: Cloud, disk: Disk) -> Resource:
    attached = users(cloud, disk)
    return {**disk.resource, **({"users": attached} if attached else {})}


def find(cloud: Cloud, call: Call) -> Disk:
    name = call.path["disk"]
    for disk in cloud.disks.values():
        if (disk.project, disk.zone) == (call.project, call.path["zone"]) and name in (
            disk.resource["name"],
            disk.resource["id"],
        ):
            return disk
    raise not_found(f"projects/{call.project}/zones/{call.path['zone']}/disks/{name}")


def get(cloud: Cloud, call: Call) -> Resource:
    return view(cloud, find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    place = (call.project, call.path["zone"])
    return [view(cloud, disk) for disk in cloud.disks.values() if (disk.project, disk.zone) == place]


def scoped(cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    found = (disk for disk in cloud.disks.values() if disk.project == call.project)
    return [(f"zones/{disk.zone}", view(cloud, disk)) for disk in found]


def insert(cloud: Cloud, call: Call) -> Resource:
    wanted = {**call.body, "sourceImage": call.query.get("sourceImage") or call.body.get("sourceImage", "")}
    disk = made(call, wanted, "resource", {"name": "name", "sizeGb": "sizeGb", "type": "type"})
    check_free(cloud, disk)
    refused = quotas.refusal(cloud, call.project, None, [disk])
    if not refused:
        add(cloud, disk)

    def undo() -> None:
        with cloud.lock:
            remove(cloud, disk)

    work = operations.Work(finish=lambda: None, undo=undo)
    call = replace(call, failure=refused or call.failure)
    return operations.begin(cloud, call, "insert", (path(disk), disk.resource["id"]), work).resource


def delete(cloud: Cloud, call: Call) -> Resource:
    disk = find(cloud, call)
    if attached := users(cloud, disk):
        user = attached[0].partition("/v1/")[2]
        message = f"The disk resource '{path(disk)}' is already being used by '{user}'"
        raise ApiError(400, "resourceInUseByAnotherResource", message)

    def finish() -> None:
        with cloud.lock:
            remove(cloud, disk)

    work = operations.Work(finish=finish)
    return operations.begin(cloud, call, "delete", (path(disk), disk.resource["id"]), work).resource
