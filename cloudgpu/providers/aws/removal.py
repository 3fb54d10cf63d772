"""Removing what a launch made. Goes by launch id, never by a name that people chose."""

from __future__ import annotations

from contextlib import suppress

from botocore.exceptions import ClientError

from cloudgpu.errors import ProviderError
from cloudgpu.model import InstanceRef
from cloudgpu.providers.aws.endings import ENDING
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.everywhere import everywhere
from cloudgpu.providers.aws.firewall import Doors
from cloudgpu.providers.aws.instances import described, of_launch
from cloudgpu.providers.aws.session import Account
from cloudgpu.retry import until

_GONE_WITHIN = 900.0


class Removal:
    """For one account."""

    def __init__(self, account: Account, doors: Doors) -> None:
        self._account, self._doors = account, doors

    def remove(self, ref: InstanceRef) -> None:
        """Machines, disks and firewall of the launch in the region of `ref`, without one in every region; returns when
        EC2 says that they are gone. Where else the launch had asked, its firewall goes, too. Gone already is success.
        """

        def in_region(region: str) -> list[None]:
            if not ref.region:
                self._remove_in(region, ref)
            elif region != ref.region:
                with suppress(ProviderError):  # it costs nothing, and `leftovers` tells of it
                    self._doors.close(ref.launch_id, region)
            return []

        if ref.region:
            self._remove_in(ref.region, ref)
            with suppress(ProviderError):  # as above: only firewalls can be left there
                everywhere(self._account, in_region)
        else:
            everywhere(self._account, in_region)

    def _remove_in(self, region: str, ref: InstanceRef) -> None:
        """An instance that EC2 does not show yet keeps the firewall from being removed, so it is waited for and found;
        a request for one that is still under way is refused as soon as the firewall is gone."""
        until(
            lambda: self._machines_gone(region, ref.launch_id) and self._doors.close(ref.launch_id, region),
            within=_GONE_WITHIN,
            otherwise=lambda: _still_there(ref, region),
        )
        until(
            lambda: self._disks_gone(region, ref.launch_id),
            within=_GONE_WITHIN,
            otherwise=lambda: _still_there(ref, region),
        )

    def _machines_gone(self, region: str, launch_id: str) -> bool:
        found = described(self._account, region, [of_launch(launch_id)])
        states = {one["InstanceId"]: one["State"]["Name"] for one in found}
        living = [instance for instance, state in states.items() if state not in ENDING]
        if living:
            with aws_errors(region):
                try:
                    self._account.ec2(region).terminate_instances(InstanceIds=living)
                except ClientError as error:
                    if code_of(error) != "InvalidInstanceID.NotFound":
                        raise
        return all(state == "terminated" for state in states.values())

    def _disks_gone(self, region: str, launch_id: str) -> bool:
        ec2 = self._account.ec2(region)
        with aws_errors(region):
            disks = ec2.describe_volumes(Filters=[of_launch(launch_id)])["Volumes"]
            for disk in disks:
                try:
                    if disk["State"] == "available":
                        ec2.delete_volume(VolumeId=disk["VolumeId"])
                except ClientError as error:
                    if code_of(error) != "InvalidVolume.NotFound":
                        raise
        return all(disk["State"] in ("available", "deleting", "deleted") for disk in disks)


def _still_there(ref: InstanceRef, region: str) -> ProviderError:
    return ProviderError(
        f"AWS has not finished removing {ref.name} in {region}.",
        remedy=f"Wait a few minutes, then again: cloudgpu destroy {ref.name}",
    )
