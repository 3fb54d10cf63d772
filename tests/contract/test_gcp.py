"""The contract, for Compute Engine over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudgpu.model import Origin
from cloudgpu.protocols import Provider
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.testing.abilities import NetworkContract, QuotaContract, StopContract
from cloudgpu.testing.contract import ProviderContract
from tests.providers_gcp.bed import Bed, sign_in, standing


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with standing(tmp_path_factory.mktemp("gce")) as bed:
        yield bed


@pytest.fixture(scope="module")
def account(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gcp]:
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch, bed.url, tmp_path_factory.mktemp("key"))
        gcp = Gcp(Origin("gcp"))
        gcp.verify()
        yield gcp


class TestGcp(ProviderContract, StopContract, NetworkContract, QuotaContract):
    bed: Bed

    @pytest.fixture
    def provider(self, bed: Bed, account: Gcp) -> Iterator[Provider]:
        self.bed = bed
        yield account
        bed.world.faults.clear()
        bed.configure({"capacity": None})

    def refuse(self, zone: str) -> None:
        self.bed.sell_out(zone)

    def lose_answer(self) -> None:
        self.bed.fault("compute.instances.insert", "lost_response")

    def refuse_start(self, zone: str) -> None:
        self.bed.configure({"capacity": {"dry": [{"zone": zone, "times": 1}]}})
