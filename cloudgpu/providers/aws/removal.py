"""Removing a launch, and looking for what is left of one. By launch id, never by name."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cloudgpu.errors import ProviderError
from cloudgpu.model import InstanceRef
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.instances import described, of_launch
from cloudgpu.providers.aws.network import close_firewall
from cloudgpu.providers.aws.prices import REGIONS
from cloudgpu.providers.aws.regions import over
from cloudgpu.providers.aws.session import Account
from cloudgpu.retry import until

_GONE_WITHIN = 900.0
_ENDING = ("shutting-down", "terminated")


def remove(account: Account, ref: InstanceRef) -> None:
    """Terminate every instance of the launch in the region and wait for it, then its firewall and its disks.

    An instance that EC2 does not show yet keeps the firewall from being removed, so it is waited for and found.
    """
    until(
        lambda: _instances_gone(account, ref) and close_firewall(account.ec2(ref.region), ref.launch_id, ref.region),
        within=_GONE_WITHIN,
        otherwise=lambda: _still_there(ref),
    )
    until(lambda: _disks_gone(account, ref), within=_GONE_WITHIN, otherwise=lambda: _still_there(ref))


def leftovers(account: Account, launch_id: str) -> list[str]:
    """Instances, disks and addresses of the launch, in all regions in which cloudgpu buys."""
    return over(account, REGIONS, lambda region: _left_in(account, region, launch_id))


def _instances_gone(account: Account, ref: InstanceRef) -> bool:
    states = {
        one["InstanceId"]: one["State"]["Name"] for one in described(account, ref.region, [of_launch(ref.launch_id)])
    }
    living = [instance for instance, state in states.items() if state not in _ENDING]
    if living:
        with aws_errors(ref.region):
            try:
                account.ec2(ref.region).terminate_instances(InstanceIds=living)
            except ClientError as error:
                if code_of(error) != "InvalidInstanceID.NotFound":
                    raise
    return all(state == "terminated" for state in states.values())


def _disks_gone(account: Account, ref: InstanceRef) -> bool:
    ec2 = account.ec2(ref.region)
    with aws_errors(ref.region):
        disks = ec2.describe_volumes(Filters=[of_launch(ref.launch_id)])["Volumes"]
        for disk in disks:
            try:
                if disk["State"] == "available":
                    ec2.delete_volume(VolumeId=disk["VolumeId"])
            except ClientError as error:
                if code_of(error) != "InvalidVolume.NotFound":
                    raise
    return all(disk["State"] in ("available", "deleting", "deleted") for disk in disks)


def _still_there(ref: InstanceRef) -> ProviderError:
    return ProviderError(
        f"AWS has not finished removing {ref.name} in {ref.region}.",
        remedy=f"Wait a few minutes, then again: cloudgpu destroy {ref.name}",
    )


def _left_in(account: Account, region: str, launch_id: str) -> list[str]:
    ec2, mark = account.ec2(region), of_launch(launch_id)
    machines = [
        f"instance {one['InstanceId']} ({one['InstanceType']}) in {region}, {one['State']['Name']}"
        for one in described(account, region, [mark])
        if one["State"]["Name"] != "terminated"
    ]
    with aws_errors(region):
        disks = [
            f"disk {one['VolumeId']} ({one['Size']} GB) in {region}, {one['State']}"
            for one in ec2.describe_volumes(Filters=[mark])["Volumes"]
            if one["State"] not in ("deleting", "deleted")
        ]
        addresses = [
            f"address {one['PublicIp']} in {region}" for one in ec2.describe_addresses(Filters=[mark])["Addresses"]
        ]
    return machines + disks + addresses
