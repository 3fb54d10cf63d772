"""The permissions that there are: one for each method, and those that some methods need besides."""

from __future__ import annotations

from functools import cache

from cloudgpu.rehearsal.gce.discovery import document

_VERBS = {"insert": "create", "aggregatedList": "list", "patch": "update", "wait": "get"}
# field of an insert -> the permission to give an instance such a thing
SETTERS = {
    "metadata": "compute.instances.setMetadata",
    "labels": "compute.instances.setLabels",
    "tags": "compute.instances.setTags",
    "serviceAccounts": "compute.instances.setServiceAccount",
    "deletionProtection": "compute.instances.setDeletionProtection",
}
USE_IMAGE, USE_DISK = "compute.images.useReadOnly", "compute.disks.useReadOnly"
USE_SUBNETWORK, USE_ADDRESS = "compute.subnetworks.use", "compute.subnetworks.useExternalIp"
UPDATE_POLICY, MAKE_SNAPSHOT, MAKE_DISK = (
    "compute.networks.updatePolicy",
    "compute.snapshots.create",
    "compute.disks.create",
)
_BESIDES = (
    *SETTERS.values(),
    USE_IMAGE,
    USE_DISK,
    USE_SUBNETWORK,
    USE_ADDRESS,
    UPDATE_POLICY,
    MAKE_SNAPSHOT,
    MAKE_DISK,
)


def of_method(id: str) -> str:
    """`compute.instances.insert` needs `compute.instances.create`."""
    service, kind, verb = id.split(".")
    return f"{service}.{kind}.{_VERBS.get(verb, verb)}"


@cache
def known() -> frozenset[str]:
    return frozenset((*map(of_method, document().methods), *_BESIDES))
