"""The suite that every provider passes. Needs pytest; behaves the same in memory, over HTTP and in a real account.

    class TestMine(ProviderContract):
        @pytest.fixture
        def provider(self) -> Iterator[Provider]: ...      # an account to spend in; one for each test is fine
        def refuse(self, zone: str) -> None: ...           # the next creating call there finds it out of stock
        def lose_answer(self) -> None: ...                 # the next creating call is carried out, its answer is lost

Everything that a test creates is destroyed at its end. A provider without one of the optional abilities takes the
parts that it has: `class TestMine(CoreContract, LeftoversContract)`. For readable failures, before the import:
`pytest.register_assert_rewrite("cloudgpu.testing.contract")`.
"""

# ruff: noqa: S101 - asserting is what a contract suite does

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import CapacityError, CloudgpuError, MachineError, OutcomeUnknown, Scope, UsageError
from cloudgpu.model import Gpu, GpuRequest, Instance, InstanceRef, InstanceSpec, Offer, State
from cloudgpu.protocols import HasConsole, HasHostKeys, HasLeftovers, Provider
from cloudgpu.retry import until
from cloudgpu.rules.choose import by_price
from cloudgpu.testing import samples

MakeSpec = Callable[..., InstanceSpec]
WANTED = GpuRequest(gpu=Gpu("T4"))


def ref_of(spec: InstanceSpec) -> InstanceRef:
    """What is known of an instance before `create` has answered."""
    return InstanceRef(spec.name, spec.launch_id, spec.offer.region, spec.offer.zone)


class Fixtures:
    """What every suite stands on."""

    wanted: GpuRequest = WANTED
    nothing_fits: GpuRequest = GpuRequest(gpu=Gpu("T4", 16))
    seconds: float = 60.0

    @pytest.fixture
    def offers(self, provider: Provider) -> list[Offer]:
        """What is on sale in at least two zones."""
        return list(provider.offers(self.wanted))

    @pytest.fixture
    def make_spec(self, provider: Provider, offers: list[Offer]) -> Iterator[MakeSpec]:
        """`samples.spec` for the cheapest offer or another; what was made from it is destroyed after the test."""
        made: list[InstanceSpec] = []

        def make(offer: Offer | None = None, **changes: object) -> InstanceSpec:
            made.append(samples.spec(offer or offers[0], **changes))  # type: ignore[arg-type]  # checked by samples.spec
            return made[-1]

        yield make
        for spec in made:
            provider.destroy(ref_of(spec))

    def running(self, provider: Provider, spec: InstanceSpec) -> Instance:
        """The instance of this launch, once it runs and has an address."""

        def probe() -> Instance | None:
            found = provider.find(ref_of(spec))
            return found if found and found.state is State.RUNNING and found.host else None

        return until(probe, within=self.seconds, otherwise=self.too_slow)

    @staticmethod
    def too_slow() -> CloudgpuError:
        return MachineError("The cloud took too long.", remedy="Raise `seconds` of the contract's subclass.")


class CoreContract(Fixtures, ABC):
    """What `protocols.Provider` promises."""

    @abstractmethod
    def refuse(self, zone: str) -> None:
        """At least the next creating call in the zone finds it out of stock. Must not outlive the test."""

    @abstractmethod
    def lose_answer(self) -> None:
        """The cloud carries out the next creating call, and its answer does not arrive."""

    def test_verify_names_who_pays(self, provider: Provider) -> None:
        assert provider.verify().strip()

    def test_offers_are_what_was_asked_for_cheapest_first(self, provider: Provider, offers: list[Offer]) -> None:
        assert len({offer.zone for offer in offers}) >= 2
        assert {offer.gpu for offer in offers} == {self.wanted.gpu}
        assert {offer.provider for offer in offers} == {provider.name}
        assert not any(offer.spot for offer in offers)
        assert [by_price(offer) for offer in offers] == sorted(by_price(offer) for offer in offers)
        assert all(offer.hourly is None or offer.hourly > 0 for offer in offers)

    def test_offers_keep_to_zone_region_and_type(self, provider: Provider, offers: list[Offer]) -> None:
        last = offers[-1]
        in_zone = provider.offers(GpuRequest(gpu=self.wanted.gpu, zones=(last.zone,)))
        in_region = provider.offers(GpuRequest(gpu=self.wanted.gpu, regions=(last.region,)))
        of_type = provider.offers(GpuRequest(gpu=self.wanted.gpu, instance_type=last.instance_type))
        assert {offer.zone for offer in in_zone} == {last.zone}
        assert {offer.region for offer in in_region} == {last.region}
        assert {offer.instance_type for offer in of_type} == {last.instance_type}

    def test_a_spot_request_gets_spot_offers_only(self, provider: Provider) -> None:
        assert all(offer.spot for offer in provider.offers(GpuRequest(gpu=self.wanted.gpu, spot=True)))

    def test_without_a_gpu_named_any_single_one_will_do(self, provider: Provider) -> None:
        offers = provider.offers(GpuRequest())
        assert offers
        assert {offer.gpu.count for offer in offers} == {1}

    def test_no_offer_is_an_answer(self, provider: Provider) -> None:
        assert list(provider.offers(self.nothing_fits)) == []

    @pytest.mark.parametrize("field", ["zones", "regions", "instance_type"])
    def test_what_the_cloud_does_not_have_is_a_usage_error(self, provider: Provider, field: str) -> None:
        unknown = {
            "zones": GpuRequest(gpu=self.wanted.gpu, zones=("nowhere9-z",)),
            "regions": GpuRequest(gpu=self.wanted.gpu, regions=("nowhere9",)),
            "instance_type": GpuRequest(gpu=self.wanted.gpu, instance_type="no-such-type-9"),
        }
        with pytest.raises(UsageError) as caught:
            provider.offers(unknown[field])
        assert caught.value.remedy

    def test_quotas_say_what_is_needed(self, provider: Provider, offers: list[Offer]) -> None:
        quotas = provider.quotas(offers[0])
        assert quotas
        for quota in quotas:
            assert quota.name
            assert quota.remedy
            assert quota.needed > 0
            assert quota.limit is None or quota.limit >= 0

    def test_create_gives_the_instance_that_was_asked_for(self, provider: Provider, make_spec: MakeSpec) -> None:
        spec = make_spec()
        instance = provider.create(spec)
        assert instance.ref.id
        assert (instance.ref.name, instance.ref.launch_id) == (spec.name, spec.launch_id)
        assert (instance.ref.region, instance.ref.zone) == (spec.offer.region, spec.offer.zone)
        assert (instance.provider, instance.instance_type) == (provider.name, spec.offer.instance_type)
        assert instance.gpu == spec.offer.gpu
        assert instance.state in (State.PENDING, State.RUNNING)

    def test_it_runs_after_a_while_and_keeps_its_labels(self, provider: Provider, make_spec: MakeSpec) -> None:
        expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=8)
        spec = make_spec(expires_at=expires)
        made = provider.create(spec)
        instance = self.running(provider, spec)
        assert instance.ref == made.ref
        assert (instance.owner, instance.expires_at) == (spec.owner, expires)
        assert (instance.instance_type, instance.gpu, instance.spot) == (
            spec.offer.instance_type,
            spec.offer.gpu,
            False,
        )
        assert (instance.user, instance.created_at.tzinfo is not None) == (spec.user, True)

    def test_the_same_launch_in_the_same_zone_is_the_same_instance(
        self, provider: Provider, make_spec: MakeSpec
    ) -> None:
        spec = make_spec()
        assert provider.create(spec).ref.id == provider.create(spec).ref.id
        assert len(self.of_launch(provider, spec)) == 1

    def test_instances_lists_it_with_its_marks(self, provider: Provider, make_spec: MakeSpec) -> None:
        spec = make_spec(expires_at=None)
        made = provider.create(spec)
        (listed,) = self.of_launch(provider, spec)
        assert listed.ref == made.ref
        assert (listed.owner, listed.expires_at) == (spec.owner, None)

    def test_what_was_never_there_is_not_found(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert provider.find(ref_of(make_spec())) is None

    def test_destroy_leaves_nothing_and_may_be_said_twice(self, provider: Provider, make_spec: MakeSpec) -> None:
        spec = make_spec()
        made = provider.create(spec)
        self.running(provider, spec)
        provider.destroy(made.ref)
        assert provider.find(made.ref) is None
        assert self.of_launch(provider, spec) == []
        provider.destroy(made.ref)

    def test_destroying_what_was_never_there_is_success(self, provider: Provider, make_spec: MakeSpec) -> None:
        provider.destroy(ref_of(make_spec()))

    def test_a_refusal_leaves_nothing_and_hinders_no_other_zone(
        self, provider: Provider, offers: list[Offer], make_spec: MakeSpec
    ) -> None:
        refused = make_spec()
        self.refuse(refused.offer.zone)
        with pytest.raises(CapacityError) as caught:
            provider.create(refused)
        assert caught.value.code
        assert caught.value.remedy
        assert provider.find(ref_of(refused)) is None
        assert self.of_launch(provider, refused) == []
        assert caught.value.scope is not Scope.ACCOUNT
        elsewhere = next(offer for offer in offers if offer.zone != refused.offer.zone)
        instance = provider.create(make_spec(elsewhere, launch_id=refused.launch_id))
        assert instance.ref.zone == elsewhere.zone

    def test_a_lost_answer_makes_no_second_instance(self, provider: Provider, make_spec: MakeSpec) -> None:
        spec = make_spec()
        self.lose_answer()
        try:
            instance = provider.create(spec)
        except OutcomeUnknown:
            instance = provider.create(spec)
        assert [one.ref.id for one in self.of_launch(provider, spec)] == [instance.ref.id]
        found = provider.find(ref_of(spec))
        assert found is not None
        assert found.ref.id == instance.ref.id

    def test_a_namesake_of_another_launch_is_left_alone(self, provider: Provider, make_spec: MakeSpec) -> None:
        mine, theirs = make_spec(), make_spec()
        first, second = provider.create(mine), provider.create(theirs)
        assert first.ref.name == second.ref.name
        assert first.ref.id != second.ref.id
        provider.destroy(first.ref)
        assert provider.find(first.ref) is None
        survivor = provider.find(second.ref)
        assert survivor is not None
        assert survivor.ref == second.ref

    @staticmethod
    def of_launch(provider: Provider, spec: InstanceSpec) -> list[Instance]:
        """What `instances` lists of this launch."""
        return [one for one in provider.instances() if one.ref.launch_id == spec.launch_id]


class HostKeysContract(Fixtures):
    """What `protocols.HasHostKeys` promises."""

    def test_host_keys_are_published_in_openssh_form(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, HasHostKeys)
        spec = make_spec()
        provider.create(spec)
        ref = self.running(provider, spec).ref
        for key in until(lambda: provider.host_keys(ref), within=self.seconds, otherwise=self.too_slow):
            kind, encoded = key.split()[:2]
            assert base64.b64decode(encoded, validate=True)[4 : 4 + len(kind)] == kind.encode()


class ConsoleContract(Fixtures):
    """What `protocols.HasConsole` promises."""

    def test_the_console_shows_something_sooner_or_later(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, HasConsole)
        spec = make_spec()
        provider.create(spec)
        ref = self.running(provider, spec).ref
        assert until(lambda: provider.console(ref), within=self.seconds, otherwise=self.too_slow).strip()


class LeftoversContract(Fixtures):
    """What `protocols.HasLeftovers` promises."""

    def test_what_a_launch_costs_is_listed_until_it_is_destroyed(self, provider: Provider, make_spec: MakeSpec) -> None:
        assert isinstance(provider, HasLeftovers)
        mine, theirs = make_spec(), make_spec()
        assert list(provider.leftovers(mine.launch_id)) == []
        provider.create(mine)
        provider.create(theirs)
        assert provider.leftovers(mine.launch_id)
        provider.destroy(ref_of(mine))
        assert list(provider.leftovers(mine.launch_id)) == []
        assert provider.leftovers(theirs.launch_id)


class ProviderContract(CoreContract, HostKeysContract, ConsoleContract, LeftoversContract):
    """All of it: for a cloud with every ability."""
