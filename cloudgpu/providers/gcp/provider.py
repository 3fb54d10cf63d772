"""One project of Compute Engine, as the workflows see it."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.model import GpuRequest, Instance, InstanceRef, InstanceSpec, Offer, Origin, Quota, Traits
from cloudgpu.providers.gcp import console
from cloudgpu.providers.gcp.instances import Instances
from cloudgpu.providers.gcp.offers import offers
from cloudgpu.providers.gcp.quotas import Quotas
from cloudgpu.providers.gcp.removal import Removal
from cloudgpu.providers.gcp.session import Session


class Gcp:
    """Implements `Provider`, `HasHostKeys`, `HasConsole` and `HasLeftovers`."""

    name = "gcp"
    traits = Traits()

    def __init__(self, origin: Origin) -> None:
        self._session = Session(origin)
        self._quotas = Quotas(self._session)
        self._removal = Removal(self._session)
        self._instances = Instances(self._session, self._removal)

    def verify(self) -> str:
        return self._quotas.refresh()

    def offers(self, request: GpuRequest) -> Sequence[Offer]:
        return offers(request)

    def quotas(self, offer: Offer) -> Sequence[Quota]:
        return self._quotas.of(offer)

    def create(self, spec: InstanceSpec) -> Instance:
        return self._instances.create(spec)

    def find(self, ref: InstanceRef) -> Instance | None:
        return self._instances.find(ref)

    def instances(self) -> Sequence[Instance]:
        return self._instances.all()

    def destroy(self, ref: InstanceRef) -> None:
        self._removal.remove(ref.launch_id, ref.zone)

    def leftovers(self, launch_id: str) -> Sequence[str]:
        return self._removal.leftovers(launch_id)

    def host_keys(self, ref: InstanceRef) -> Sequence[str]:
        return console.host_keys(self._session, ref)

    def console(self, ref: InstanceRef) -> str:
        return console.text(self._session, ref)
