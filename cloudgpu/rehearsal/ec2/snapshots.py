"""Snapshots by owner, which moto does not look at, and those that an image still needs."""

from __future__ import annotations

from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.wire import Answer

_AMAZON = ("801119661308", "898082745236", "137112412989", "591542846629")


def describe(cloud: Cloud, call: Call) -> Answer:
    params = call.params
    owners = set(params.get("OwnerIds", []))
    if not owners or params.get("DryRun"):
        return cloud.engine.ask(call.request)
    owners |= {ACCOUNT} if "self" in owners else set()
    owners |= set(_AMAZON) if "amazon" in owners else set()
    filters = {one["Name"]: one.get("Values", []) for one in params.get("Filters", [])}
    found = call.ec2.describe_snapshots(params.get("SnapshotIds"), filters=filters)
    return cloud.engine.tell(call.action, {"Snapshots": [one for one in found if one.owner_id in owners]})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Refused while an image is made of it."""
    number = call.params["SnapshotId"]
    for image in call.ec2.amis.values():
        if image.owner_id == ACCOUNT and image.ebs_snapshot.id == number:
            raise Refused("InvalidSnapshot.InUse", f"The snapshot {number} is currently in use by {image.id}")
    return cloud.engine.ask(call.request)
