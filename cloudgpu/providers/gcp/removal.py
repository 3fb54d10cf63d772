"""Removing what a launch made, and proving that it is gone. Goes by launch id, never by a name that people chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudgpu.errors import CapacityError, CloudgpuError, NotFoundError, ProviderError
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.network import rule_name
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import NOT_READY
from cloudgpu.providers.gcp.session import Session
from cloudgpu.retry import until
from cloudgpu.rules.names import LAUNCH_ID, resource_name

_WITHIN = 600.0


def of_launch(launch_id: str) -> str:
    """The filter of a listing that lets through what bears the launch's label."""
    return f'labels.{LAUNCH_ID}="{launch_id}"'


class Removal:
    """For one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remove(self, launch_id: str, zone: str) -> None:
        """Machine, disks and firewall rule; returns when Google says that they are gone. Gone already is success.

        Without a zone, in every zone where something of the launch is.
        """
        zones = [zone] if zone else self._zones_of(launch_id)
        until(
            lambda: self._round(launch_id, zones),
            within=_WITHIN,
            every=0.5,
            at_most=5.0,
            otherwise=lambda: ProviderError(
                f"Google would not remove launch {launch_id} in {_WITHIN / 60:.0f} minutes.",
                remedy=f"gcloud compute instances delete {resource_name(launch_id)} --project {self._session.project}",
            ),
        )

    def leftovers(self, launch_id: str) -> Sequence[str]:
        """What is there and billed, one line each; a place that gives no answer is a line, too."""
        lines: list[str] = []
        for kind, client, field in (
            ("instance", sdk.InstancesClient, "instances"),
            ("disk", sdk.DisksClient, "disks"),
            ("address", sdk.AddressesClient, "addresses"),
        ):
            listing = self._session.client(client).aggregated_list
            for place, scope in self._session.pages(listing, filter=of_launch(launch_id)):
                where = place.rpartition("/")[2]
                lines += [f"{kind} {one.name} in {where}" for one in getattr(scope, field)]
                if scope.warning.code == "UNREACHABLE":
                    lines.append(f"perhaps {kind} in {where}, which gives no answer")
        return lines

    def _round(self, launch_id: str, zones: Sequence[str]) -> bool:
        """Rule and machines go side by side, then disks that stayed behind. False: not all could be asked for yet."""
        machines, disks = self._session.client(sdk.InstancesClient), self._session.client(sdk.DisksClient)
        rules = self._session.client(sdk.FirewallsClient)
        name = resource_name(launch_id)
        begun = [self._begin(machines.delete_unary, zone=zone, instance=name) for zone in zones]
        begun.append(self._begin(rules.delete_unary, firewall=rule_name(launch_id)))
        gone = [ended() for ended in begun]
        begun = [
            self._begin(disks.delete_unary, zone=zone, disk=disk.name)
            for zone in zones
            for disk in self._session.pages(disks.list, zone=zone, filter=of_launch(launch_id))
        ]
        return all([*gone, *(ended() for ended in begun)])

    def _begin(self, delete: Callable[..., sdk.Operation], **fields: str) -> Callable[[], bool]:
        """Ask for a deletion; the value waits for its end, and says whether the thing is gone."""
        try:
            operation = insist(lambda: self._session.write(delete, **fields))
        except (ProviderError, NotFoundError) as error:
            gone = _gone(error)
            return lambda: gone
        return lambda: self._ended(operation, fields.get("zone", ""))

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
