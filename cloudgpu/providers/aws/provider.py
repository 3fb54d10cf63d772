"""One AWS account as a `Provider`."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cloudgpu.errors import NoRouteError
from cloudgpu.model import GpuRequest, Instance, InstanceRef, InstanceSpec, Offer, Origin, Quota, State, Traits
from cloudgpu.providers.aws import console, instances, offers, removal
from cloudgpu.providers.aws.errors import aws_errors, explained
from cloudgpu.providers.aws.launch import Launcher
from cloudgpu.providers.aws.quotas import Limits
from cloudgpu.providers.aws.session import Account

# EC2 shows a new instance to every query within seconds; until then it counts as pending.
_SHOWN_WITHIN = 60.0
_ENDED_BY_US = ("Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown")


@dataclass(frozen=True, slots=True)
class _Bought:
    at: float
    offer: Offer
    instance: Instance


class Aws:
    """Thread-safe. Nothing is asked before the first method is called."""

    name = "aws"
    traits = Traits()

    def __init__(self, origin: Origin) -> None:
        self._account = Account(origin)
        self._launcher = Launcher(self._account)
        self._limits = Limits(self._account)
        self._bought: dict[tuple[str, str], _Bought] = {}
        self._lock = threading.Lock()

    def verify(self) -> str:
        home = self._account.home
        try:
            with aws_errors(home):
                return self._account.sts().get_caller_identity()["Account"]
        except NoRouteError as error:
            if home in self._account.every_region():
                raise
            raise explained("InvalidRegionError", error.details, region=home) from error

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        return offers.offers(self._account, request)

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        return self._limits.of(offer)

    def create(self, spec: InstanceSpec) -> Instance:
        self._limits.forget()
        instance = self._launcher.launch(spec)
        with self._lock:
            self._bought[spec.launch_id, spec.offer.zone] = _Bought(time.monotonic(), spec.offer, instance)
        return instance

    def find(self, ref: InstanceRef) -> Instance | None:
        """Also tells, as ProviderError and once, why an instance bought by this object ended before it ran."""
        found = instances.look_up(self._account, ref)
        with self._lock:
            bought = self._bought.get((ref.launch_id, ref.zone))
            if found is None:
                return bought.instance if bought and time.monotonic() - bought.at < _SHOWN_WITHIN else None
            instance = instances.instance_of(found, ref.region)
            if instance.state is not State.PENDING:
                self._bought.pop((ref.launch_id, ref.zone), None)
        reason = found.get("StateReason", {})
        if bought and instance.state in (State.STOPPING, State.TERMINATED) and reason.get("Code") not in _ENDED_BY_US:
            raise explained(reason.get("Code", ""), reason.get("Message", ""), offer=bought.offer)
        return None if instance.state is State.TERMINATED else instance

    def instances(self) -> Sequence[Instance]:
        return instances.everywhere(self._account)

    def destroy(self, ref: InstanceRef) -> None:
        with self._lock:
            self._bought.pop((ref.launch_id, ref.zone), None)
        self._limits.forget()
        removal.remove(self._account, ref)

    def leftovers(self, launch_id: str) -> Sequence[str]:
        return removal.leftovers(self._account, launch_id)

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        return console.host_keys(self.console(ref))

    def console(self, ref: InstanceRef) -> str:
        found = None if ref.id else self.find(ref)
        instance_id = found.ref.id if found else ref.id
        return console.text(self._account.ec2(ref.region), ref.region, instance_id) if instance_id else ""
