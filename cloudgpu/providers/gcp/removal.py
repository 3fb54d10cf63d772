"""Removing what a launch made, and proving that it is gone. Goes by launch id, never by a name that people chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudgpu.errors import CapacityError, CloudgpuError, NotFoundError, ProviderError
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.firewall import rule_name
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import NOT_READY
from cloudgpu.providers.gcp.session import Session
from cloudgpu.retry import until
from cloudgpu.rules.names import LAUNCH_ID, resource_name

_WITHIN = 600.0


def of_launch(launch_id: str) -> str:
    """The filter of a listing that lets through what bears the launch's label."""
    return f'labels.{LAUNCH_ID}="{launch_id}"'


@dataclass(frozen=True, slots=True)
class _Deletion:
    """`there`: there is, or may be, something to delete. `ended` waits, and says whether it is gone."""

    there: bool
    ended: Callable[[], bool]


class Removal:
    """For one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remove(self, launch_id: str, zone: str) -> None:
        """Machine, disks and firewall rule; returns when Google says that they are gone. Gone already is success.

        Without a zone, in every zone where something of the launch is. A machine that is protected against deletion
        keeps its rule: ProviderError.
        """
        zones = [zone] if zone else self._zones_of(launch_id)
        self._until_gone(launch_id, lambda: self._round(launch_id, zones))

    def remove_phantom(self, launch_id: str, zone: str) -> None:
        """What a refused insert may have left in the zone, for the price of one question where that is nothing; the
        firewall rule stays."""
        self._until_gone(launch_id, lambda: self._phantom_round(launch_id, zone))

    def _until_gone(self, launch_id: str, ask: Callable[[], bool]) -> None:
        until(
            ask,
            within=_WITHIN,
            every=0.5,
            at_most=5.0,
            otherwise=lambda: ProviderError(
                f"Google would not remove launch {launch_id} in {_WITHIN / 60:.0f} minutes.",
                remedy=f"gcloud compute instances delete {resource_name(launch_id)} --project {self._session.project}",
            ),
        )

    def _round(self, launch_id: str, zones: Sequence[str]) -> bool:
        """Rule and machines go side by side, then disks that stayed behind. False: not all could be asked for yet."""
        begun = [self._machine(launch_id, zone) for zone in zones]
        rules = self._session.client(sdk.FirewallsClient)
        begun.append(self._begin(rules.delete_unary, firewall=rule_name(launch_id)))
        gone = [deletion.ended() for deletion in begun]
        return all([*gone, self._disks_gone(launch_id, zones)])

    def _phantom_round(self, launch_id: str, zone: str) -> bool:
        machine = self._machine(launch_id, zone)
        return not machine.there or (machine.ended() and self._disks_gone(launch_id, [zone]))

    def _machine(self, launch_id: str, zone: str) -> _Deletion:
        delete = self._session.client(sdk.InstancesClient).delete_unary
        return self._begin(delete, zone=zone, instance=resource_name(launch_id))

    def _disks_gone(self, launch_id: str, zones: Sequence[str]) -> bool:
        disks = self._session.client(sdk.DisksClient)
        begun = [
            self._begin(disks.delete_unary, zone=zone, disk=disk.name)
            for zone in zones
            for disk in self._session.pages(disks.list, zone=zone, filter=of_launch(launch_id))
        ]
        gone = [deletion.ended() for deletion in begun]
        return all(gone)

    def _begin(self, delete: Callable[..., sdk.Operation], **fields: str) -> _Deletion:
        """Ask for a deletion."""
        try:
            operation = insist(lambda: self._session.write(delete, **fields))
        except (ProviderError, NotFoundError) as error:
            gone = _gone(error)
            return _Deletion(not gone, lambda: gone)
        return _Deletion(True, lambda: self._ended(operation, fields.get("zone", "")))

    def _ended(self, operation: sdk.Operation, zone: str) -> bool:
        try:
            finish(self._session, operation, zone=zone)
        except (ProviderError, NotFoundError) as error:
            return _gone(error)
        return True

    def _zones_of(self, launch_id: str) -> list[str]:
        """Where the launch has machines or disks."""
        places: set[str] = set()
        for client, field in ((sdk.InstancesClient, "instances"), (sdk.DisksClient, "disks")):
            listing = self._session.client(client).aggregated_list
            pages = self._session.pages(listing, filter=of_launch(launch_id))
            places |= {place.rpartition("/")[2] for place, scope in pages if getattr(scope, field)}
        return sorted(places)


def _gone(refusal: CloudgpuError) -> bool:
    """True: there is nothing of the kind. False: later. Anything else is raised."""
    if isinstance(refusal, NotFoundError):
        return True
    if isinstance(refusal, CapacityError) or refusal.code in NOT_READY:
        return False
    raise refusal
