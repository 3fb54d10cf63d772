"""Instances as EC2 describes them, in our words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from cloudgpu.model import Gpu, Instance, InstanceRef, State
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.everywhere import everywhere
from cloudgpu.providers.aws.ordering import USER
from cloudgpu.providers.aws.prices import hourly, machines
from cloudgpu.providers.aws.session import Account
from cloudgpu.rules.names import EXPIRES, LAUNCH_ID, NAME, OWNER, SSH_PORT

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, InstanceTypeDef

_PAGE = 1000  # as many as EC2 tells in one answer
_STATES = {
    "pending": State.PENDING,
    "running": State.RUNNING,
    "shutting-down": State.STOPPING,
    "stopping": State.STOPPING,
    "stopped": State.STOPPED,
    "terminated": State.TERMINATED,
}


def of_launch(launch_id: str) -> FilterTypeDef:
    """The filter for all that bears the launch's mark."""
    return {"Name": f"tag:{LAUNCH_ID}", "Values": [launch_id]}


def described(account: Account, region: str, filters: Sequence[FilterTypeDef]) -> list[InstanceTypeDef]:
    """Every instance of the region that fits, the terminated ones too, which EC2 shows for about an hour."""
    with aws_errors(region):
        pages = (
            account.ec2(region)
            .get_paginator("describe_instances")
            .paginate(Filters=filters, PaginationConfig={"PageSize": _PAGE})
        )
        return [one for page in pages for found in page["Reservations"] for one in found["Instances"]]


def look_up(account: Account, ref: InstanceRef) -> InstanceTypeDef | None:
    """What EC2 shows of the launch in the zone; one that lives comes before one that is terminated."""
    zone: FilterTypeDef = {"Name": "availability-zone", "Values": [ref.zone]}
    found = described(account, ref.region, [of_launch(ref.launch_id), zone])
    return min(found, key=lambda one: one["State"]["Name"] == "terminated", default=None)


def all_of_ours(account: Account) -> list[Instance]:
    """All that bear our mark and are not terminated, from every region that is enabled in the account."""
    filters: list[FilterTypeDef] = [
        {"Name": "tag-key", "Values": [LAUNCH_ID]},
        {"Name": "instance-state-name", "Values": [name for name in _STATES if name != "terminated"]},
    ]
    return everywhere(account, lambda region: [instance_of(one, region) for one in described(account, region, filters)])


def instance_of(told: InstanceTypeDef, region: str) -> Instance:
    """EC2's description in our words; price and GPU are from the table."""
    tags = {tag["Key"]: tag["Value"] for tag in told.get("Tags", [])}
    instance_type = str(told["InstanceType"])
    spot = told.get("InstanceLifecycle") == "spot"
    machine = machines().get(instance_type)
    expires = tags.get(EXPIRES, "")
    port = tags.get(SSH_PORT, "")
    return Instance(
        ref=InstanceRef(
            name=tags.get(NAME, told["InstanceId"]),
            launch_id=tags.get(LAUNCH_ID, ""),
            region=region,
            zone=told.get("Placement", {}).get("AvailabilityZone", ""),
            id=told["InstanceId"],
        ),
        provider="aws",
        instance_type=instance_type,
        gpu=machine.gpu if machine else Gpu("GPU"),
        state=_STATES[told["State"]["Name"]],
        created_at=told["LaunchTime"],
        spot=spot,
        host=told.get("PublicIpAddress") or None,
        ssh_port=int(port) if port.isdigit() else 22,
        user=tags.get(USER, "cloudgpu"),
        hourly=hourly(region, instance_type, spot=spot),
        expires_at=datetime.fromtimestamp(int(expires), timezone.utc) if expires.isdigit() else None,
        owner=tags.get(OWNER),
    )
