"""Buying a machine and finding it again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone

from cloudgpu.errors import NotFoundError, OutcomeUnknown, ProviderError
from cloudgpu.model import Instance, InstanceRef, InstanceSpec
from cloudgpu.providers.gcp import network, resource, sdk
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import EXISTS
from cloudgpu.providers.gcp.removal import Removal, of_launch
from cloudgpu.providers.gcp.session import Session
from cloudgpu.rules.names import LAUNCH_ID, resource_name

_OURS = uuid.UUID("6f5a1b52-6d0c-5c0e-9a1f-3c1d1f0b7a11")


class Instances:
    """Those of one account that bear our label."""

    def __init__(self, session: Session, removal: Removal) -> None:
        self._session = session
        self._removal = removal
        self._refused: Counter[tuple[str, str]] = Counter()

    def create(self, spec: InstanceSpec) -> Instance:
        """As `protocols.Provider.create`. Rule and machine are asked for one after the other and made side by side."""
        zone = spec.offer.zone
        try:
            rule = network.open_ssh(self._session, spec)
            machine = self._insert(spec)
            if machine:
                finish(self._session, machine, zone=zone)
            if rule:
                finish(self._session, rule)
            return self._get(zone, spec.launch_id)
        except OutcomeUnknown:
            raise
        except (ProviderError, NotFoundError):
            self._refused[spec.launch_id, zone] += 1
            with suppress(ProviderError):  # the refusal is the news, and whoever launched will remove again
                self._removal.remove(spec.launch_id, zone)
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
        """As `protocols.Provider.instances`."""
        return self._listed(f"labels.{LAUNCH_ID}:*")

    def _get(self, zone: str, launch_id: str) -> Instance:
        get = self._session.client(sdk.InstancesClient).get
        return resource.seen(self._session.read(get, zone=zone, instance=resource_name(launch_id)))

    def _listed(self, condition: str) -> list[Instance]:
        pages = self._session.pages(self._session.client(sdk.InstancesClient).aggregated_list, filter=condition)
        return [resource.seen(found) for _, scope in pages for found in scope.instances]

    def _insert(self, spec: InstanceSpec) -> sdk.Operation | None:
        """The operation; None where this launch has its machine in the zone already."""
        client = self._session.client(sdk.InstancesClient)
        body = resource.wanted(spec, self._session.project, datetime.now(timezone.utc))
        try:
            return insist(
                lambda: self._session.write(
                    client.insert_unary,
                    zone=spec.offer.zone,
                    instance_resource=body,
                    request_id=self._request_id(spec),
                )
            )
        except ProviderError as error:
            if error.code not in EXISTS:
                raise
        return None

    def _request_id(self, spec: InstanceSpec) -> str:
        """Stable, so that asking again buys nothing twice; new after a refusal, which Google would only repeat."""
        refused = self._refused[spec.launch_id, spec.offer.zone]
        return str(uuid.uuid5(_OURS, f"{spec.launch_id}/{spec.offer.zone}/{refused}"))
