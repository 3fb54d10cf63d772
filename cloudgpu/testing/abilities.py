"""Contract suites of the optional abilities: put those beside `ProviderContract` that your provider has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import CapacityError, NetworkError, NotFoundError
from cloudgpu.model import Network, Offer, State
from cloudgpu.protocols import CanRaiseQuota, CanStop, HasNetworks, Provider
from cloudgpu.retry import until
from cloudgpu.testing.contract import CoreContract, Fixtures, MakeSpec, ref_of

# ruff: noqa: S101 - asserting is what a contract suite does

HERE = "192.0.2.7/32"


class StopContract(CoreContract):
    """What `protocols.CanStop` promises."""

    def test_a_stopped_machine_is_off_and_comes_back(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, CanStop)
        spec = make_spec()
        made = provider.create(spec)
        self.running(provider, spec)
        provider.stop(made.ref)
        found = provider.find(made.ref)
        assert found is not None
        assert (found.state, found.host) == (State.STOPPED, None)
        provider.stop(made.ref)
        assert provider.start(made.ref, caller_cidr=HERE).ref.id == made.ref.id
        again = self.running(provider, spec)
        assert again.ref == made.ref
        assert provider.start(made.ref, caller_cidr=HERE).ref == made.ref

    def test_what_is_gone_can_be_neither_stopped_nor_started(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, CanStop)
        ref = ref_of(make_spec())
        with pytest.raises(NotFoundError):
            provider.stop(ref)
        with pytest.raises(NotFoundError):
            provider.start(ref, caller_cidr=HERE)

    def refuse_start(self, zone: str) -> None:
        """The next start in the zone finds it out of stock; by default what `refuse` does."""
        self.refuse(zone)

    def test_a_start_may_find_its_zone_out_of_stock(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, CanStop)
        spec = make_spec()
        made = provider.create(spec)
        self.running(provider, spec)
        provider.stop(made.ref)
        self.refuse_start(spec.offer.zone)
        with pytest.raises(CapacityError):
            provider.start(made.ref, caller_cidr=HERE)
        found = until(
            lambda: (one := provider.find(made.ref)) and one.state is State.STOPPED and one,
            within=self.seconds,
            otherwise=self.too_slow,
        )
        assert found


class NetworkContract(Fixtures):
    """What `protocols.HasNetworks` promises."""

    def test_the_usual_network_is_found_and_making_it_again_is_success(
        self, provider: Provider, offers: list[Offer]
    ) -> None:
        assert isinstance(provider, HasNetworks)
        usual = provider.network(Network(), offers[0])
        assert usual.name
        assert provider.network(usual, offers[0]) == usual

    def test_a_network_that_is_not_there_is_said_by_name(self, provider: Provider, offers: list[Offer]) -> None:
        assert isinstance(provider, HasNetworks)
        with pytest.raises(NetworkError) as caught:
            provider.network(replace(Network(), name="no-such-network"), offers[0])
        assert "no-such-network" in caught.value.brief + caught.value.details
        assert caught.value.remedy


class QuotaContract(Fixtures):
    """What `protocols.CanRaiseQuota` promises."""

    def test_an_answer_says_what_was_asked_and_what_holds(self, provider: Provider, offers: list[Offer]) -> None:
        assert isinstance(provider, CanRaiseQuota)
        limited = next(quota for quota in provider.quotas(offers[0]) if quota.limit is not None)
        assert limited.limit is not None
        wanted = limited.limit + 1
        answer = provider.raise_quota(limited, wanted, contact="ann@example.com")
        assert (answer.name, answer.scope, answer.asked) == (limited.name, limited.scope, wanted)
        assert answer.state in ("granted", "partly granted", "pending", "refused")
        if answer.state == "granted":
            assert answer.granted is not None
            assert answer.granted >= wanted
            again = provider.raise_quota(limited, wanted, contact="ann@example.com")
            assert again.state == "granted", "asking for what is there already is success"
