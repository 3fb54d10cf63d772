"""One project of Compute Engine, as the workflows see it."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.errors import UnsupportedError
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
from cloudgpu.providers.gcp import console
from cloudgpu.providers.gcp.catalogue import Catalogue
from cloudgpu.providers.gcp.firewall import Doors
from cloudgpu.providers.gcp.instances import Instances
from cloudgpu.providers.gcp.leftovers import leftovers
from cloudgpu.providers.gcp.network import Networks
from cloudgpu.providers.gcp.offers import offers
from cloudgpu.providers.gcp.power import Power
from cloudgpu.providers.gcp.quotas import Quotas
from cloudgpu.providers.gcp.removal import Removal
from cloudgpu.providers.gcp.session import Session


class Gcp:
    """Implements `Provider`, `HasHostKeys`, `HasConsole`, `HasLeftovers`, `HasNetworks`, `CanStop` and
    `CanRaiseQuota`."""

    name = "gcp"
    traits = Traits(ends_machines=True)

    def __init__(self, origin: Origin) -> None:
        self._session = Session(origin)
        self._catalogue = Catalogue(self._session)
        self._quotas = Quotas(self._session)
        self._networks = Networks(self._session)
        self._doors = Doors(self._session)
        self._removal = Removal(self._session)
        self._instances = Instances(self._session, self._networks, self._doors, self._removal)
        self._power = Power(self._session)

    def verify(self) -> str:
        return self._quotas.refresh()

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        return offers(request, self._catalogue.stock())

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        return self._quotas.of(offer)

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        return self._quotas.raise_quota(quota, wanted, contact=contact)

    def create(self, spec: InstanceSpec) -> Instance:
        try:
            return self._instances.create(spec)
        except UnsupportedError:
            self._catalogue.forget()  # it was said to be there
            raise

    def find(self, ref: InstanceRef) -> Instance | None:
        return self._instances.find(ref)

    def instances(self) -> Sequence[Instance]:
        return self._instances.all()

    def destroy(self, ref: InstanceRef) -> None:
        self._doors.forget(ref.launch_id)
        self._removal.remove(ref.launch_id, ref.zone)

    def leftovers(self, launch_id: str) -> Sequence[str]:
        return leftovers(self._session, launch_id)

    def network(self, wanted: Network, offer: Offer) -> Network:
        return self._networks.network(wanted, offer)

    def make_network(self, offer: Offer) -> Network:
        return self._networks.make_network(offer)

    def stop(self, ref: InstanceRef) -> None:
        self._power.stop(ref)

    def start(self, ref: InstanceRef, *, caller_cidr: str) -> Instance:
        self._doors.admit(ref.launch_id, caller_cidr)
        return self._power.start(ref)

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        return console.host_keys(self._session, ref)

    def console(self, ref: InstanceRef) -> str:
        return console.text(self._session, ref)
