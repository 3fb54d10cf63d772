"""Snapshots of disks, billed from the moment they are there."""

from __future__ import annotations

from cloudgpu.rehearsal.gce import disks, images, operations, policies
from cloudgpu.rehearsal.gce.errors import exists, not_found
from cloudgpu.rehearsal.gce.fields import check_labels, check_name
from cloudgpu.rehearsal.gce.links import fingerprint, link, new_id, now
from cloudgpu.rehearsal.gce.state import Call, Cloud, Resource


def _path(project: str, name: str) -> str:
    return f"projects/{project}/global/snapshots/{name}"


def create(cloud: Cloud, call: Call) -> Resource:
    """`disks.createSnapshot`: of a disk in use as well."""
    disk, name, labels = disks.find(cloud, call), call.body["name"], call.body.get("labels", {})
    key, path = (call.project, name), _path(call.project, name)
    check_name(name)
    check_labels(labels)
    if key in cloud.snapshots:
        raise exists(path)
    location = (call.body.get("storageLocations") or [disk.zone.partition("-")[0].replace("europe", "eu")])[0]
    policies.check_storage(cloud, call.project, location, path)
    resource = {
        "kind": "compute#snapshot",
        "id": new_id(),
        "creationTimestamp": now(),
        "name": name,
        **({"description": call.body["description"]} if call.body.get("description") else {}),
        "status": "CREATING",
        "sourceDisk": link(disks.path(disk)),
        "sourceDiskId": disk.resource["id"],
        "diskSizeGb": disk.resource["sizeGb"],
        "storageBytes": str(disk.size_gb * 10**9),
        "storageBytesStatus": "UP_TO_DATE",
        "architecture": disk.resource["architecture"],
        "storageLocations": [location],
        **({"labels": labels} if labels else {}),
        "labelFingerprint": fingerprint(sorted(labels.items())),
        "selfLink": link(path),
    }
    cloud.snapshots[key] = resource
    cloud.world.ledger.open("gcp", "snapshot", resource["id"], name, images.hourly(disk.size_gb))

    def finish() -> None:
        with cloud.lock:
            resource["status"] = "READY"

    work = operations.Work(finish=finish, undo=lambda: forget(cloud, key))
    return operations.begin(cloud, call, "createSnapshot", (disks.path(disk), disk.resource["id"]), work).resource


def _find(cloud: Cloud, call: Call) -> Resource:
    wanted = call.path["snapshot"]
    for (project, name), one in cloud.snapshots.items():
        if project == call.project and wanted in (name, one["id"]):
            return one
    raise not_found(_path(call.project, wanted))


def get(cloud: Cloud, call: Call) -> Resource:
    return dict(_find(cloud, call))


def listed(cloud: Cloud, call: Call) -> list[Resource]:
    return [dict(one) for (project, _), one in cloud.snapshots.items() if project == call.project]


def delete(cloud: Cloud, call: Call) -> Resource:
    found = _find(cloud, call)
    key = (call.project, found["name"])
    work = operations.Work(finish=lambda: forget(cloud, key))
    return operations.begin(cloud, call, "delete", (_path(*key), found["id"]), work).resource


def forget(cloud: Cloud, key: tuple[str, str]) -> None:
    """It is gone, and billed no more."""
    with cloud.lock:
        if gone := cloud.snapshots.pop(key, None):
            cloud.world.ledger.close("gcp", "snapshot", gone["id"])
