"""What is still there of a launch: the proof of a destroy, or the lack of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cloudgpu.errors import PermissionError_
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.everywhere import everywhere
from cloudgpu.providers.aws.instances import described, of_launch
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_Ask = Callable[["EC2Client", "Sequence[FilterTypeDef]"], list[str]]


def leftovers(account: Account, launch_id: str) -> list[str]:
    """One line each for what bears the launch's mark, whoever made it, in every enabled region. Of what no launch makes
    by itself, what this account may not list counts as not there."""
    return everywhere(account, lambda region: _in_region(account, region, launch_id))


def _in_region(account: Account, region: str, launch_id: str) -> list[str]:
    """Machines and disks are asked for; of all else EC2 first tells whether anything bears the mark."""
    ec2, mark = account.ec2(region), [of_launch(launch_id)]
    lines = [
        f"instance {one['InstanceId']} ({one['InstanceType']}) in {region}, {one['State']['Name']}"
        for one in described(account, region, mark)
        if one["State"]["Name"] != "terminated"
    ]
    with aws_errors(region):
        lines += [f"disk {what} in {region}" for what in _disks(ec2, mark)]
    for kind in _marked_kinds(ec2, region, launch_id):
        word, ask = _KINDS[kind]
        lines += [f"{word} {what} in {region}" for what in _unless_forbidden(ec2, region, mark, ask)]
    return lines


def _marked_kinds(ec2: EC2Client, region: str, launch_id: str) -> list[str]:
    by_tag: list[FilterTypeDef] = [{"Name": "key", "Values": [of_launch(launch_id)["Name"].partition(":")[2]]}]
    by_tag.append({"Name": "value", "Values": [launch_id]})
    try:
        with aws_errors(region):
            pages = ec2.get_paginator("describe_tags").paginate(Filters=by_tag)
            marked = {one.get("ResourceId", "").partition("-")[0] for page in pages for one in page["Tags"]}
    except PermissionError_:
        return list(_KINDS)
    return [kind for kind in _KINDS if kind in marked]


def _unless_forbidden(ec2: EC2Client, region: str, mark: Sequence[FilterTypeDef], ask: _Ask) -> list[str]:
    try:
        with aws_errors(region):
            return ask(ec2, mark)
    except PermissionError_:
        return []


def _disks(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [
        f"{one['VolumeId']} ({one['Size']} GB), {one['State']}"
        for one in ec2.describe_volumes(Filters=mark)["Volumes"]
        if one["State"] not in ("deleting", "deleted")
    ]


def _addresses(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [one["PublicIp"] for one in ec2.describe_addresses(Filters=mark)["Addresses"]]


def _groups(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [one["GroupId"] for one in ec2.describe_security_groups(Filters=mark)["SecurityGroups"]]


def _interfaces(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    """Those that are not part of a machine, which is listed itself."""
    found = ec2.describe_network_interfaces(Filters=mark)["NetworkInterfaces"]
    return [one["NetworkInterfaceId"] for one in found if one.get("Status") == "available"]


def _templates(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [one["LaunchTemplateId"] for one in ec2.describe_launch_templates(Filters=mark)["LaunchTemplates"]]


def _spot_requests(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    """Those that may still buy something; an active one is its machine's."""
    found = ec2.describe_spot_instance_requests(Filters=mark)["SpotInstanceRequests"]
    return [one["SpotInstanceRequestId"] for one in found if one.get("State") == "open"]


def _snapshots(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=["self"], Filters=mark)["Snapshots"]]


def _images(ec2: EC2Client, mark: Sequence[FilterTypeDef]) -> list[str]:
    return [one["ImageId"] for one in ec2.describe_images(Owners=["self"], Filters=mark)["Images"]]


# By what the ids begin with.
_KINDS: dict[str, tuple[str, _Ask]] = {
    "eipalloc": ("address", _addresses),
    "snap": ("snapshot", _snapshots),
    "ami": ("machine image", _images),
    "sir": ("spot request", _spot_requests),
    "lt": ("launch template", _templates),
    "eni": ("network interface", _interfaces),
    "sg": ("security group", _groups),
}
