"""One AWS account as a `Provider`."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.errors import NoRouteError, PermissionError_, UnsupportedError
from cloudgpu.model import (
    GpuRequest,
    Instance,
    InstanceRef,
    InstanceSpec,
    Network,
    Offer,
    Origin,
    Quota,
    QuotaAnswer,
    Traits,
)
from cloudgpu.providers.aws import console, instances, leftovers, offers
from cloudgpu.providers.aws.authorization import decoded
from cloudgpu.providers.aws.bought import Bought
from cloudgpu.providers.aws.catalogue import Catalogue
from cloudgpu.providers.aws.errors import aws_errors, explained
from cloudgpu.providers.aws.firewall import Doors
from cloudgpu.providers.aws.launch import Launcher
from cloudgpu.providers.aws.network import Networks
from cloudgpu.providers.aws.power import Power
from cloudgpu.providers.aws.quotas import Limits
from cloudgpu.providers.aws.removal import Removal
from cloudgpu.providers.aws.session import Account


class Aws:
    """Implements `Provider`, `HasHostKeys`, `HasConsole`, `HasLeftovers`, `HasNetworks`, `CanStop` and
    `CanRaiseQuota`. Thread-safe. Nothing is asked before the first method is called."""

    name = "aws"
    traits = Traits()

    def __init__(self, origin: Origin) -> None:
        self._account = Account(origin)
        self._catalogue = Catalogue(self._account)
        self._networks = Networks(self._account)
        self._doors = Doors(self._account)
        self._launcher = Launcher(self._account, self._networks, self._doors)
        self._removal = Removal(self._account, self._doors)
        self._power = Power(self._account)
        self._bought = Bought(self._account)
        self._limits = Limits(self._account, origin.profile)

    def verify(self) -> str:
        home = self._account.home
        try:
            with aws_errors(home):
                return self._account.number()
        except NoRouteError as error:
            if home in self._account.every_region():
                raise
            raise explained("InvalidRegionError", error.details, region=home) from error

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        found = offers.offers(self._account, self._catalogue, request)
        self._limits.expect(found)
        return found

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        return self._limits.of(offer)

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        """Service Quotas takes no address: AWS answers at the account's own."""
        return self._limits.raise_quota(quota, wanted)

    def create(self, spec: InstanceSpec) -> Instance:
        self._limits.forget()
        try:
            instance = self._launcher.launch(spec)
        except UnsupportedError:
            self._catalogue.forget(spec.offer.region)  # it was said to be there
            raise
        except PermissionError_ as refusal:
            raise decoded(self._account, refusal) from refusal.__cause__
        self._bought.keep(spec, instance)
        return instance

    def find(self, ref: InstanceRef) -> Instance | None:
        return self._bought.find(ref)

    def instances(self) -> Sequence[Instance]:
        return instances.all_of_ours(self._account)

    def destroy(self, ref: InstanceRef) -> None:
        self._bought.forget(ref.launch_id)
        self._limits.forget()
        self._removal.remove(ref)

    def leftovers(self, launch_id: str) -> Sequence[str]:
        return leftovers.leftovers(self._account, launch_id)

    def network(self, wanted: Network, offer: Offer) -> Network:
        return self._networks.network(wanted, offer)

    def make_network(self, offer: Offer) -> Network:
        return self._networks.make_network(offer)

    def stop(self, ref: InstanceRef) -> None:
        self._limits.forget()
        self._power.stop(ref)

    def start(self, ref: InstanceRef, *, caller_cidr: str) -> Instance:
        self._limits.forget()
        self._doors.admit(ref, caller_cidr)
        return self._power.start(ref)

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        return console.host_keys(self.console(ref))

    def console(self, ref: InstanceRef) -> str:
        found = None if ref.id else self.find(ref)
        instance_id = found.ref.id if found else ref.id
        return console.text(self._account.ec2(ref.region), ref.region, instance_id) if instance_id else ""
