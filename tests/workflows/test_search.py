"""Finding capacity: how far a refusal reaches, what is remembered, and asking again later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgpu.errors import (
    CapacityError,
    OutcomeUnknown,
    PermissionError_,
    ProviderError,
    QuotaError,
    Scope,
    UnsupportedError,
)
from cloudgpu.events import StepProgress
from cloudgpu.model import Gpu, GpuRequest, Limits, Plan, Record, Traits
from cloudgpu.rules import choose
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import offer
from cloudgpu.workflows.launch import launch
from tests.workflows.bench import Bench

T4 = GpuRequest(Gpu("T4"))
SHELF = (
    offer("mars-1-a"),
    offer("mars-1-a", instance_type="rover-8", hourly="0.51"),
    offer("mars-1-b"),
    offer("mars-2-a", hourly="0.52"),
)
ALL = ("mars-1-a", "mars-1-b", "mars-2-a")


def dry(scope: Scope = Scope.ZONE) -> CapacityError:
    return CapacityError("Out of stock.", remedy="later", code="DRY", details="no more", scope=scope)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    bench.cloud = MemoryCloud(SHELF)
    return bench


def patient(bench: Bench, wait: timedelta = timedelta(hours=1)) -> Plan:
    return replace(bench.plan(request=T4), wait_for_capacity=wait)


def places(bench: Bench) -> list[tuple[str, str]]:
    return [(spec.offer.zone, spec.offer.instance_type) for spec in bench.cloud.specs]


def test_a_zone_without_the_gpu_is_asked_once_whatever_the_machine_type(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry())
    launch(shop.plan(request=T4), shop.deps)
    assert places(shop) == [("mars-1-a", "rover-4"), ("mars-1-b", "rover-4")]


def test_a_machine_type_that_is_out_of_stock_leaves_the_others_of_its_zone(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry(Scope.OFFER), times=1)
    shop.cloud.refuse("mars-1-b", dry(Scope.OFFER))
    launch(shop.plan(request=T4), shop.deps)
    assert places(shop) == [("mars-1-a", "rover-4"), ("mars-1-b", "rover-4"), ("mars-1-a", "rover-8")]


def test_a_region_without_addresses_is_left_at_once(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry(Scope.REGION))
    record = launch(shop.plan(request=T4), shop.deps)
    assert places(shop) == [("mars-1-a", "rover-4"), ("mars-2-a", "rover-4")]
    assert [(one.kind, one.code, one.message, one.times) for one in record.attempts] == [
        ("capacity", "DRY", "no more", 1)
    ]


def test_a_refusal_is_told_with_the_clouds_own_code_and_words(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry())
    launch(shop.plan(request=T4), shop.deps)
    assert "mars-1-a: Out of stock. DRY: no more" in shop.notes()


def test_what_was_refused_a_moment_ago_is_asked_last_by_the_next_launch(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry())
    launch(shop.plan(request=T4), shop.deps)
    again = shop.plan("merry-seal", "c0ffee2", T4)
    assert [(one.zone, one.instance_type) for one in again.offers][-1] == ("mars-1-a", "rover-4")
    later = replace(shop.deps, now=lambda: datetime.now(timezone.utc) + choose.PASSING)
    assert shop.store.refusals(later.origin, later.now() - choose.PERMANENT)
    ordered, _ = choose.remembering(SHELF, shop.store.refusals(later.origin, later.now()), later.now())
    assert ordered == list(SHELF)


def test_what_a_zone_never_has_is_left_out_and_said(shop: Bench) -> None:
    shop.cloud.unsupport("mars-1-a")
    launch(shop.plan(request=T4), shop.deps)
    again = shop.plan("merry-seal", "c0ffee2", T4)
    assert "mars-1-a" not in [one.zone for one in again.offers if one.instance_type == "rover-4"]
    assert "Unsupported" in again.skipped["mars-1-a"]


def test_waiting_goes_round_after_round_until_there_is_room(shop: Bench) -> None:
    shop.cloud.sell_out(*ALL)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            shop.cloud.restock("mars-2-a")

    record = launch(patient(shop), replace(shop.deps, sleep=sleep))
    assert record.instance is not None
    assert record.instance.ref.zone == "mars-2-a"
    assert pauses[:3] == sorted(pauses[:3])
    assert pauses[0] >= 5
    assert [(one.zone, one.times) for one in record.attempts][-1] == ("mars-2-a", 3)
    assert [spec.attempt for spec in shop.cloud.specs if spec.offer.zone == "mars-1-b"] == [0, 1, 2, 3]
    waiting = [
        one.waiting_for for one in shop.events if isinstance(one, StepProgress) and "last asked" in one.waiting_for
    ]
    assert len(waiting) == 3
    assert len([note for note in shop.notes() if note.startswith("mars-1-b")]) == 1


def test_waiting_ends_and_says_how_often_it_asked(shop: Bench) -> None:
    shop.cloud.sell_out(*ALL)
    with pytest.raises(CapacityError, match=r"in \d+ rounds, last asked at [\d:]+ UTC: mars-1-a") as caught:
        launch(patient(shop, timedelta(seconds=1.5)), replace(shop.deps, sleep=wait_a_little))
    assert caught.value.code == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert shop.cloud.billing == []


def wait_a_little(seconds: float) -> None:
    """Really, but not for as long as was asked for: the waiting is by the clock on the wall."""
    import threading

    threading.Event().wait(0.05)


@pytest.mark.parametrize(
    "refusal",
    [
        QuotaError("none", remedy="ask"),
        QuotaError("none here", remedy="ask", region="mars-1"),
        UnsupportedError("never", remedy="elsewhere"),
        PermissionError_("you may not", remedy="ask"),
    ],
)
def test_what_time_does_not_mend_is_not_waited_for(shop: Bench, refusal: ProviderError) -> None:
    for zone in ALL:
        shop.cloud.refuse(zone, refusal)
    pauses: list[float] = []
    with pytest.raises(ProviderError):
        launch(patient(shop), replace(shop.deps, sleep=pauses.append))
    assert pauses == []


def test_later_rounds_leave_out_what_is_never_there(shop: Bench) -> None:
    shop.cloud.unsupport("mars-1-a")
    shop.cloud.sell_out("mars-1-b", "mars-2-a")
    launch(patient(shop), replace(shop.deps, sleep=lambda seconds: shop.cloud.restock("mars-2-a")))
    assert [zone for zone, _ in places(shop)].count("mars-1-a") == 2  # both types, in the first round only


def test_a_resumed_launch_counts_on_from_what_is_written_down(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry())
    shop.cloud.refuse("mars-1-b", KeyboardInterrupt())  # type: ignore[arg-type]  # as if the process had ended there
    shop.cloud.fail("destroy", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        launch(shop.plan(request=T4), shop.deps)
    shop.cloud.restock("mars-1-a")
    shop.cloud.refuse("mars-1-b", dry())
    launch(replace(shop.plan(request=T4), offers=SHELF), shop.deps)
    asked = [(spec.offer.zone, spec.attempt) for spec in shop.cloud.specs]
    assert asked == [("mars-1-a", 0), ("mars-1-b", 0), ("mars-1-b", 0), ("mars-1-a", 1)]


def test_a_refusal_that_comes_after_a_yes_leads_on_to_the_next_place(shop: Bench) -> None:
    shop.cloud.fail("find", dry(Scope.OFFER))
    record = launch(shop.plan(request=T4), shop.deps)
    assert places(shop) == [("mars-1-a", "rover-4"), ("mars-1-b", "rover-4")]
    assert [(one.zone, one.code) for one in record.attempts] == [("mars-1-a", "DRY")]
    assert {bill.zone for bill in shop.cloud.billing} == {"mars-1-b"}


def test_a_refusal_after_a_yes_that_reaches_everywhere_ends_the_launch(shop: Bench) -> None:
    shop.cloud.fail("find", PermissionError_("you may not", remedy="ask"))
    with pytest.raises(PermissionError_):
        launch(shop.plan(request=T4), shop.deps)
    assert shop.cloud.billing == []
    assert len(shop.cloud.specs) == 1


def test_an_answer_that_never_came_is_asked_for_again_before_anything_else_is_bought(shop: Bench) -> None:
    shop.cloud.refuse("mars-1-a", dry())
    shop.cloud.refuse("mars-1-b", OutcomeUnknown("no answer", remedy="ps"), times=1)
    shop.cloud.fail("destroy", KeyboardInterrupt())  # and the undo is cut off
    with pytest.raises(OutcomeUnknown):
        launch(shop.plan(request=T4), shop.deps)
    unfinished = shop.store.load("quiet-otter")
    assert unfinished is not None
    assert [one.zone for one in unfinished.attempts] == ["mars-1-a"]
    shop.cloud.restock()
    shop.cloud.specs.clear()
    launch(replace(shop.plan(request=T4), offers=tuple(reversed(SHELF))), shop.deps)
    assert [(spec.offer.zone, spec.attempt) for spec in shop.cloud.specs] == [("mars-1-b", 0)]


def test_a_budget_is_a_lifetime_by_the_price_of_the_place(shop: Bench) -> None:
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    deps = replace(shop.deps, now=lambda: now)
    launch(replace(shop.plan(request=T4), limits=Limits(timedelta(hours=30), Decimal("5.00"))), deps)
    assert shop.cloud.specs[-1].expires_at == now + timedelta(hours=10)


def test_the_cloud_is_told_the_image_and_the_network(shop: Bench) -> None:
    launch(shop.plan(request=T4), shop.deps)
    spec = shop.cloud.specs[-1]
    assert (spec.image, spec.network.name, spec.patience) == ("img:1", "default", None)
    assert (spec.plain, spec.max_hourly) == (False, None)
    dear = replace(T4, max_hourly=Decimal("0.55"))
    launch(replace(shop.plan("merry-seal", "c0ffee2", dear), plain=True), shop.deps)
    assert (shop.cloud.specs[-1].plain, shop.cloud.specs[-1].max_hourly) == (True, Decimal("0.55"))


def test_a_queue_is_waited_in_only_when_nobody_has_one_now_and_never_longer_than_was_said(shop: Bench) -> None:
    clock = [datetime(2026, 3, 1, tzinfo=timezone.utc)]
    shop.cloud.sell_out(*ALL)

    def queue(seconds: float) -> None:
        clock[0] += timedelta(minutes=20)
        if len(shop.cloud.specs) > 4:
            shop.cloud.restock()

    deps = replace(shop.deps, now=lambda: clock[0], sleep=queue)
    launch(patient(shop), deps)
    waits = [spec.patience for spec in shop.cloud.specs]
    assert waits[:3] == [None, None, None]
    first, *_ = [one for one in waits if one is not None]
    assert first == timedelta(minutes=40) / 4


@pytest.mark.parametrize(("ends", "later"), [(False, timedelta()), (True, timedelta(minutes=15))])
def test_a_machine_that_its_cloud_removes_switches_itself_off_later_than_that(
    shop: Bench, ends: bool, later: timedelta
) -> None:
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    shop.cloud.traits = Traits(ends_machines=ends)
    plan = replace(shop.plan(request=T4), limits=Limits(timedelta(hours=8)))
    launch(plan, replace(shop.deps, now=lambda: now))
    spec = shop.cloud.specs[-1]
    assert spec.expires_at == now + timedelta(hours=8)
    assert f"CLOUDGPU_EXPIRES={int((now + timedelta(hours=8) + later).timestamp())}\n" in spec.startup_script
    assert f"CLOUDGPU_IMAGE={plan.container.image}\n" in spec.startup_script


REFUSALS = st.sampled_from(
    [None, *(dry(scope) for scope in (Scope.OFFER, Scope.ZONE, Scope.REGION)), UnsupportedError("never", remedy="-")]
)
MANY = [offer(f"mars-{n}-{letter}", instance_type=kind) for n in (1, 2) for letter in "ab" for kind in ("small", "big")]


@settings(max_examples=60, deadline=None)
@given(refusals=st.fixed_dictionaries({one.zone: REFUSALS for one in MANY}))
def test_no_place_is_asked_twice_and_none_is_passed_over_that_would_sell(
    tmp_path_factory: pytest.TempPathFactory, refusals: dict[str, CapacityError | None]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("search"))
    bench.cloud = MemoryCloud(MANY)
    for zone, refusal in refusals.items():
        if refusal is not None:
            bench.cloud.refuse(zone, refusal)
    sellers = {zone for zone, refusal in refusals.items() if refusal is None and not _closed(zone, refusals)}
    record: Record | None = None
    try:
        record = launch(bench.plan(request=T4), bench.deps)
    except CapacityError:
        assert not sellers
    asked = [(spec.offer.zone, spec.offer.instance_type) for spec in bench.cloud.specs]
    assert len(asked) == len(set(asked))
    assert record is None or record.instance is not None
    by_zone = [zone for zone, _ in asked]
    assert all(
        by_zone.count(zone) == 1
        for zone, one in refusals.items()
        if one and one.scope is Scope.ZONE and zone in by_zone
    )


def _closed(zone: str, refusals: dict[str, CapacityError | None]) -> bool:
    """A sibling zone that takes the whole region with it."""
    region = zone.rpartition("-")[0]
    return any(one and one.scope is Scope.REGION for other, one in refusals.items() if other.startswith(region))
