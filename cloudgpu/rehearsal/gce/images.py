"""Images: Google's public ones, and those that the project has made of its disks."""

from __future__ import annotations

from decimal import Decimal

from cloudgpu.rehearsal.gce import disks, operations, policies, public_images
from cloudgpu.rehearsal.gce.errors import ApiError, exists, in_use, invalid, not_found, not_ready
from cloudgpu.rehearsal.gce.fields import check_labels, check_name
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now, reference
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource

_GB_MONTH = Decimal("0.05")
_HOURS_A_MONTH = 730


def get(cloud: Cloud, call: Call) -> Resource:
    return disks.image(cloud, call.project, call.path["image"])


def get_from_family(cloud: Cloud, call: Call) -> Resource:
    return disks.image(cloud, call.project, f"family/{call.path['family']}")


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    gone = cloud.settings.retired
    public = [one for one in public_images.shelf() if one.project == call.project and one.family not in gone]
    own = [one for (project, _), one in cloud.images.items() if project == call.project]
    return [*(one.resource() for one in public), *own]


def insert(cloud: Cloud, call: Call) -> Resource:
    """From a disk of the project; billed for what the disk can hold."""
    body, name = call.body, call.body["name"]
    key, path, id = (call.project, name), f"projects/{call.project}/global/images/{name}", new_id()
    check_name(name)
    check_labels(body.get("labels", {}))
    if family := body.get("family"):
        check_name(family, "resource.family")
    if [bool(body.get(source)) for source in ("sourceDisk", "sourceImage", "sourceSnapshot", "rawDisk")].count(
        True
    ) != 1:
        raise ApiError(
            400, "invalidResourceUsage", "Invalid resource usage: 'Must specify exactly one source for an image.'."
        )
    text = body.get("sourceDisk") or ""
    if not text:
        raise invalid("resource.sourceDisk", "", "Images are made of disks here.")
    _, zone, disk_name = reference(text, "disks", "resource.sourceDisk", call.project)
    disk = cloud.disks.get((call.project, zone, disk_name))
    if disk is None:
        raise not_found(f"projects/{call.project}/zones/{zone}/disks/{disk_name}")
    if key in cloud.images:
        raise exists(path)
    if (running := disks.running_user(cloud, disk)) and not call.query.get("forceCreate"):
        raise in_use("disk", disks.path(disk), running)
    location = (body.get("storageLocations") or [zone.partition("-")[0].replace("europe", "eu")])[0]
    policies.check_storage(cloud, call.project, location, path)
    labels = body.get("labels", {})
    resource = {
        "kind": "compute#image",
        "id": id,
        "creationTimestamp": now(),
        "name": name,
        **{field: body[field] for field in ("description", "family") if body.get(field)},
        "sourceType": "RAW",
        "status": "PENDING",
        "sourceDisk": link(disks.path(disk)),
        "sourceDiskId": disk.resource["id"],
        "archiveSizeBytes": str(disk.size_gb * 10**9),
        "diskSizeGb": disk.resource["sizeGb"],
        "architecture": disk.resource["architecture"],
        "storageLocations": [location],
        **({"labels": labels} if labels else {}),
        "labelFingerprint": fingerprint(sorted(labels.items())),
        "selfLink": link(path),
    }
    cloud.images[key] = resource
    cloud.world.ledger.open("gcp", "image", id, name, hourly(disk.size_gb))

    def finish() -> None:
        with cloud.lock:
            resource["status"] = "READY"

    work = operations.Work(finish=finish, undo=lambda: forget(cloud, key))
    return operations.begin(cloud, call, "insert", (path, id), work).resource


def hourly(size_gb: int) -> Decimal:
    """USD for an image or a snapshot."""
    return (_GB_MONTH * size_gb / _HOURS_A_MONTH).quantize(Decimal("0.000001"))


def delete(cloud: Cloud, call: Call) -> Resource:
    found = disks.image(cloud, call.project, call.path["image"])
    key = (call.project, found["name"])
    if key not in cloud.images:
        path = f"projects/{call.project}/global/images/{found['name']}"
        raise ApiError(403, "forbidden", f"Required 'compute.images.delete' permission for '{path}'")
    if found["status"] == "PENDING":
        raise not_ready(f"projects/{call.project}/global/images/{found['name']}")
    work = operations.Work(finish=lambda: forget(cloud, key))
    target = (f"projects/{call.project}/global/images/{found['name']}", found["id"])
    return operations.begin(cloud, call, "delete", target, work).resource


def forget(cloud: Cloud, key: tuple[str, str]) -> None:
    """It is gone, and billed no more."""
    with cloud.lock:
        if gone := cloud.images.pop(key, None):
            cloud.world.ledger.close("gcp", "image", gone["id"])
