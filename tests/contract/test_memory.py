"""The cloud in memory keeps every promise of the seam."""

from __future__ import annotations

import pytest

from cloudgpu.protocols import HasConsole, HasHostKeys, HasLeftovers, Provider
from cloudgpu.testing.abilities import NetworkContract, QuotaContract, StopContract
from cloudgpu.testing.contract import ProviderContract
from cloudgpu.testing.memory import MemoryCloud


class TestMemory(ProviderContract, StopContract, NetworkContract, QuotaContract):
    cloud: MemoryCloud

    @pytest.fixture
    def provider(self) -> Provider:
        self.cloud = MemoryCloud(pending_finds=1)
        return self.cloud

    def refuse(self, zone: str) -> None:
        self.cloud.sell_out(zone)

    def lose_answer(self) -> None:
        self.cloud.lose_answers()

    def test_it_has_every_ability(self, provider: Provider) -> None:
        assert isinstance(provider, HasHostKeys)
        assert isinstance(provider, HasConsole)
        assert isinstance(provider, HasLeftovers)
