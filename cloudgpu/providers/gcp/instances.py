"""Buying a machine and finding it again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone

from cloudgpu.errors import CapacityError, NotFoundError, OutcomeUnknown, ProviderError, Scope
from cloudgpu.model import Instance, InstanceRef, InstanceSpec, State
from cloudgpu.providers.gcp import resource, sdk, seeing
from cloudgpu.providers.gcp.firewall import Doors
from cloudgpu.providers.gcp.images import Images
from cloudgpu.providers.gcp.network import Networks
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import EXISTS
from cloudgpu.providers.gcp.removal import Removal, of_launch
from cloudgpu.providers.gcp.schedule import waiting
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import LAUNCH_ID, resource_name

_OURS = uuid.UUID("6f5a1b52-6d0c-5c0e-9a1f-3c1d1f0b7a11")
_PAGE = 500


class Instances:
    """Those of one account that bear our label."""

    def __init__(self, session: Session, networks: Networks, doors: Doors, removal: Removal) -> None:
        self._session = session
        self._networks = networks
        self._doors = doors
        self._removal = removal
        self._images = Images(session)

    def create(self, spec: InstanceSpec) -> Instance:
        """As `protocols.Provider.create`. Rule and machine are asked for one after the other and made side by side.

        After a refusal of a place nothing is left but the rule, which the next place needs again.
        """
        body = resource.wanted(
            spec,
            self._session.project,
            datetime.now(timezone.utc),
            self._images.of(spec.offer, plain=spec.plain),
            self._networks.links(spec.network, spec.offer),
        )
        try:
            self._doors.open(spec)
            machine = self._insert(spec, body)
            if machine:
                finish(self._session, machine, zone=spec.offer.zone, longer=waiting(spec).total_seconds())
            self._doors.wait(spec.launch_id)
            return self._bought(spec)
        except OutcomeUnknown:
            raise
        except (ProviderError, NotFoundError) as refusal:
            with suppress(ProviderError):  # the refusal is the news, and whoever launched will remove again
                self._clean_up(spec, refusal)
            raise

    def find(self, ref: InstanceRef) -> Instance | None:
        """As `protocols.Provider.find`; without a zone, it is looked for in all."""
        if not ref.zone:
            return next(iter(self._listed(of_launch(ref.launch_id))), None)
        try:
            return self._get(ref.zone, ref.launch_id)
        except NotFoundError:
            return None

    def all(self) -> Sequence[Instance]:
        """As `protocols.Provider.instances`. Signs in first: who cannot is spared the second that the client takes."""
        _ = self._session.project
        return self._listed(f"labels.{LAUNCH_ID}:*")

    def _get(self, zone: str, launch_id: str) -> Instance:
        get = self._session.client(sdk.InstancesClient).get
        return seeing.seen(self._session.read(get, zone=zone, instance=resource_name(launch_id)))

    def _bought(self, spec: InstanceSpec) -> Instance:
        """CapacityError where it is gone, or going, although Google said yes: a spot machine may be wanted back at
        once, and a request that was answered before gets its old answer."""
        try:
            found = self._get(spec.offer.zone, spec.launch_id)
        except NotFoundError as gone:
            raise _taken_back(spec, gone.code, gone.details) from gone
        if found.state is State.STOPPING:
            raise _taken_back(spec)
        return found

    def _listed(self, condition: str) -> list[Instance]:
        listing = self._session.client(sdk.InstancesClient).aggregated_list
        pages = self._session.pages(listing, filter=condition, max_results=_PAGE)
        return [seeing.seen(found) for _, scope in pages for found in scope.instances]

    def _insert(self, spec: InstanceSpec, body: dict[str, object]) -> sdk.Operation | None:
        """The operation; None where this launch has its machine in the zone already."""
        insert = self._session.client(sdk.InstancesClient).insert_unary
        again = _request_id(spec)

        def ask() -> sdk.Operation:
            return self._session.write(insert, zone=spec.offer.zone, instance_resource=body, request_id=again)

        try:
            return insist(ask)
        except ProviderError as error:
            if error.code not in EXISTS:
                raise
        except KeyboardInterrupt:
            # Google may be about to make it: with the same question answered, whoever removes finds what is there
            with suppress(ProviderError):
                ask()
            raise
        return None

    def _clean_up(self, spec: InstanceSpec, refusal: ProviderError | NotFoundError) -> None:
        """A refusal that is about the place says nothing against the next one, so the rule stays for that."""
        if isinstance(refusal, ProviderError) and refusal.scope is not Scope.ACCOUNT:
            self._removal.remove_phantom(spec.launch_id, spec.offer.zone)
        else:
            self._doors.forget(spec.launch_id)
            self._removal.remove(spec.launch_id, spec.offer.zone)


def _taken_back(spec: InstanceSpec, code: str = "", details: str = "") -> CapacityError:
    return CapacityError(
        f"{spec.offer.zone} sold {spec.offer.instance_type}, and it was taken back before it was of use.",
        remedy="cloudgpu launch, without --spot or in another --zone",
        code=code,
        details=details,
    )


def _request_id(spec: InstanceSpec) -> str:
    """Stable, so that asking again buys nothing twice, from another process too; another one for another attempt, as
    Google would only repeat its refusal."""
    offer = spec.offer
    return str(uuid.uuid5(_OURS, f"{spec.launch_id}/{offer.zone}/{offer.instance_type}/{spec.attempt}"))
