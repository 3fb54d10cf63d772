"""Disks: made along with an instance or by themselves, billed from the moment they are there."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.rehearsal.gce import operations, policies, public_images, quotas
from cloudgpu.rehearsal.gce.catalogue import DISK_TYPES, hourly_of_disk
from cloudgpu.rehearsal.gce.errors import exists, in_use, invalid, not_found, not_ready
from cloudgpu.rehearsal.gce.fields import check_labels, check_name
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now, reference, stable_id
from cloudgpu.rehearsal.gce.state import Call, Cloud, Disk, Resource

_USUAL_GB, _LARGEST_GB = 500, 65_536


def image(cloud: Cloud, project: str, name: str) -> Resource:
    """`name`: an image, its numeric id, or `family/FAMILY`: the newest of it that is not deprecated. ApiError 404."""
    family = name.removeprefix("family/") if name.startswith("family/") else ""
    for public in public_images.shelf():
        if public.project != project or public.family in cloud.settings.retired:
            continue
        if (family == public.family and public.current) or name in (public.name, stable_id(public.path)):
            return public.resource()
    own = [one for (owner, _), one in cloud.images.items() if owner == project]
    for one in reversed(own):
        if name in (one["name"], one["id"]) or (family and family == one.get("family") and one["status"] == "READY"):
            return one
    raise not_found(f"projects/{project}/global/images/{name}")


def source_image(cloud: Cloud, call: Call, text: str, field: str) -> tuple[str, Resource] | None:
    """The image that a request names, with its project. ApiError for one that is not there or not ready."""
    if not text:
        return None
    project, _, name = reference(text, "images", f"{field}.sourceImage", call.project)
    if project not in (call.project, *public_images.PROJECTS):
        raise not_found(f"projects/{project}/global/images/{name}")
    found = image(cloud, project, name)
    if found["status"] != "READY":
        raise not_ready(f"projects/{project}/global/images/{found['name']}")
    return project, found


def made(cloud: Cloud, call: Call, wanted: Resource, field: str, names: dict[str, str]) -> Disk:
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
    found = source_image(cloud, call, wanted.get("sourceImage", ""), field)
    least = int(found[1]["diskSizeGb"]) if found else 0
    size = int(wanted.get("sizeGb") or least or _USUAL_GB)
    if size < least:
        why = f"Requested disk size cannot be smaller than the image size ({least} GB)"
        raise invalid(f"{field}.{names['sizeGb']}", size, why)
    if not 1 <= size <= _LARGEST_GB:
        raise invalid(f"{field}.{names['sizeGb']}", size, f"Disk size must be between 1 and {_LARGEST_GB} GB")
    path = f"projects/{call.project}/zones/{zone}"
    source = {"sourceImage": found[1]["selfLink"], "sourceImageId": found[1]["id"]} if found else {}
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
        "architecture": found[1]["architecture"] if found else public_images.X86,
        "selfLink": link(f"{path}/disks/{wanted['name']}"),
    }
    return Disk(call.project, zone, kind, resource)


def path(disk: Disk) -> str:
    return f"projects/{disk.project}/zones/{disk.zone}/disks/{disk.resource['name']}"


def check_free(cloud: Cloud, disk: Disk) -> None:
    """409 if there is one of that name. Call with the lock held."""
    if (disk.project, disk.zone, disk.resource["name"]) in cloud.disks:
        raise exists(path(disk))


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
    return _attached(cloud).get(link(path(disk)), [])


def _attached(cloud: Cloud) -> dict[str, list[str]]:
    """Link of a disk -> those of its instances."""
    found: dict[str, list[str]] = {}
    for machine in cloud.machines.values():
        for entry in machine.resource["disks"]:
            found.setdefault(entry["source"], []).append(link(machine.path))
    return found


def running_user(cloud: Cloud, disk: Disk) -> str:
    """The path of a running instance that has it, or nothing. Call with the lock held."""
    attached = users(cloud, disk)
    return next(
        (one.path for one in cloud.machines.values() if link(one.path) in attached and one.status != "TERMINATED"), ""
    )


def owner(image: str) -> str:
    """The project of an image, from its link."""
    return image.partition("/projects/")[2].partition("/")[0]


def _view(disk: Disk, attached: dict[str, list[str]]) -> Resource:
    users = attached.get(disk.resource["selfLink"])
    return {**disk.resource, **({"users": users} if users else {})}


def find(cloud: Cloud, call: Call) -> Disk:
    place, name = (call.project, call.path["zone"]), call.path["disk"]
    if found := cloud.disks.get((*place, name)):
        return found
    for disk in cloud.disks.values() if name.isdigit() else ():
        if (disk.project, disk.zone) == place and name == disk.resource["id"]:
            return disk
    raise not_found(f"projects/{call.project}/zones/{call.path['zone']}/disks/{name}")


def get(cloud: Cloud, call: Call) -> Resource:
    return _view(find(cloud, call), _attached(cloud))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    place, attached = (call.project, call.path["zone"]), _attached(cloud)
    return [_view(disk, attached) for disk in cloud.disks.values() if (disk.project, disk.zone) == place]


def scoped(cloud: Cloud, call: Call) -> list[tuple[str, Resource]]:
    attached = _attached(cloud)
    found = (disk for disk in cloud.disks.values() if disk.project == call.project)
    return [(f"zones/{disk.zone}", _view(disk, attached)) for disk in found]


def insert(cloud: Cloud, call: Call) -> Resource:
    wanted = {**call.body, "sourceImage": call.query.get("sourceImage") or call.body.get("sourceImage", "")}
    disk = made(cloud, call, wanted, "resource", {"name": "name", "sizeGb": "sizeGb", "type": "type"})
    check_free(cloud, disk)
    policies.check_zone(cloud, call.project, disk.zone, path(disk))
    if source := disk.resource.get("sourceImage"):
        policies.check_image(cloud, call.project, source, owner(source))
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
        raise in_use("disk", path(disk), user)

    def finish() -> None:
        with cloud.lock:
            remove(cloud, disk)

    work = operations.Work(finish=finish)
    return operations.begin(cloud, call, "delete", (path(disk), disk.resource["id"]), work).resource
