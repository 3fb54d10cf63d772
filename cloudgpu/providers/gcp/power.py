"""Switching a machine off, so that only its disk is billed, and on again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone

from cloudgpu.errors import CapacityError, ProviderError
from cloudgpu.model import Instance, InstanceRef, State
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.disks import has_local_ssd
from cloudgpu.providers.gcp.operations import finish, insist
from cloudgpu.providers.gcp.refusals import NOT_READY
from cloudgpu.providers.gcp.schedule import what_is_left
from cloudgpu.providers.gcp.seeing import seen
from cloudgpu.providers.gcp.session import Session
from cloudgpu.retry import until
from cloudgpu.rules.names import resource_name

_WITHIN = 600.0


class Power:
    """For one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stop(self, ref: InstanceRef) -> None:
        """As `protocols.CanStop`. What is on local SSDs is lost, as it is whenever such a machine stops."""
        found = self._get(ref)
        if found.state is State.STOPPED:
            return
        more = {"discard_local_ssd": True} if has_local_ssd(found.instance_type) else {}
        self._change(ref, self._session.client(sdk.InstancesClient).stop_unary, **more)

    def start(self, ref: InstanceRef) -> Instance:
        """As `protocols.CanStop`."""
        found = self._get(ref)
        if found.state in (State.RUNNING, State.PENDING):
            return found
        self._keep_its_end(ref, found.expires_at)
        try:
            self._change(ref, self._session.client(sdk.InstancesClient).start_unary)
        except CapacityError as error:
            raise CapacityError(
                f"{ref.zone} has no room for {found.ref.name} just now, and a stopped machine cannot change its zone.",
                remedy=f"cloudgpu start {found.ref.name}  (later), or for one in another zone, without what is on its "
                f"disk: cloudgpu destroy {found.ref.name} and cloudgpu launch",
                code=error.code,
                details=error.details,
            ) from error
        return self._get(ref)

    def _keep_its_end(self, ref: InstanceRef, expires_at: datetime | None) -> None:
        """Where it cannot be told to Google, the machine ends itself as well, and only its disk stays."""
        if expires_at is None:
            return
        left = what_is_left(expires_at, datetime.now(timezone.utc))
        with suppress(ProviderError):
            self._change(ref, self._session.client(sdk.InstancesClient).set_scheduling_unary, scheduling_resource=left)

    def _get(self, ref: InstanceRef) -> Instance:
        """NotFoundError where it is gone."""
        get = self._session.client(sdk.InstancesClient).get
        return seen(self._session.read(get, zone=ref.zone, instance=resource_name(ref.launch_id)))

    def _change(self, ref: InstanceRef, ask: Callable[..., sdk.Operation], **more: object) -> None:
        """Have it changed once what it is busy with is over, and wait for the end."""
        name, again = resource_name(ref.launch_id), str(uuid.uuid4())

        def begun() -> sdk.Operation | None:
            try:
                return insist(lambda: self._session.write(ask, zone=ref.zone, instance=name, request_id=again, **more))
            except ProviderError as error:
                if error.code not in NOT_READY:
                    raise
                return None

        operation = until(
            begun,
            within=_WITHIN,
            every=0.5,
            at_most=5.0,
            otherwise=lambda: ProviderError(
                f"{ref.name} has been busy for {_WITHIN / 60:.0f} minutes.", remedy="cloudgpu ps --refresh"
            ),
        )
        finish(self._session, operation, zone=ref.zone)
