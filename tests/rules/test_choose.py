"""Which of the offers, and which ones after a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.errors import (
    AuthError,
    CapacityError,
    OutcomeUnknown,
    PolicyError,
    QuotaError,
    Scope,
    UnsupportedError,
)
from cloudgpu.model import Gpu, Offer, Origin, Quota, Refused
from cloudgpu.rules import choose
from cloudgpu.testing.samples import offer

A1, B1, A2 = offer("mars-1-a"), offer("mars-1-b"), offer("mars-2-a")
A1_BIG, A2_BIG = offer("mars-1-a", instance_type="rover-8"), offer("mars-2-a", instance_type="rover-8")


def test_a_price_is_allowed_up_to_and_with_the_limit() -> None:
    cheap, dear = offer(hourly="0.50"), offer(hourly="0.51")
    assert choose.affordable([cheap, dear], Decimal("0.50")) == [cheap]
    assert choose.affordable([dear, cheap], None) == [dear, cheap]


def test_offers_without_a_price_come_last_and_not_at_all_under_a_price_limit() -> None:
    unknown = replace(A1, hourly=None)
    assert sorted([unknown, B1], key=choose.by_price)[-1] is unknown
    assert choose.affordable([unknown], Decimal(100)) == []
    assert choose.affordable([unknown], None) == [unknown]


@pytest.mark.parametrize(
    ("limit", "used", "needed", "short"),
    [
        (1, 0, 1, False),
        (1, 1, 1, True),
        (0, 0, 1, True),
        (8, None, 4, False),
        (None, None, 4, False),
        (None, 9, 4, False),
    ],
)
def test_what_is_unknown_breaks_nothing(limit: float | None, used: float | None, needed: float, short: bool) -> None:
    quota = Quota("GPUS", "global", limit, used, needed)
    assert choose.short_of([quota]) == ([quota] if short else [])


def test_out_of_stock_goes_on_with_the_zones_that_the_cloud_named() -> None:
    refusal = CapacityError("none", remedy="-", elsewhere=("mars-2-a",))
    assert choose.after(refusal, A1, [B1, A1_BIG, A2]) == [A2, B1, A1_BIG]
    assert choose.after(CapacityError("none", remedy="-"), A1, [B1, A2]) == [B1, A2]


def test_unsupported_drops_that_type_in_that_zone() -> None:
    refusal = UnsupportedError("never", remedy="-")
    spot = offer("mars-1-a", spot=True)
    assert choose.after(refusal, A1, [spot, A1_BIG, B1]) == [A1_BIG, B1]


def test_a_regions_quota_drops_the_region() -> None:
    refusal = QuotaError("none left", remedy="-", region="mars-1")
    assert choose.after(refusal, A1, [B1, A2, A1_BIG, A2_BIG]) == [A2, A2_BIG]


@pytest.mark.parametrize(
    "refusal",
    [
        QuotaError("none anywhere", remedy="-"),
        AuthError("who", remedy="-"),
        OutcomeUnknown("?", remedy="-"),
        KeyError("?"),
    ],
)
def test_anything_else_ends_the_search(refusal: Exception) -> None:
    assert choose.after(refusal, A1, [B1, A2]) == []


OFFERS = st.lists(st.sampled_from([A1, B1, A2, A1_BIG, A2_BIG]))
REFUSALS = st.sampled_from(
    [
        CapacityError("none", remedy="-", elsewhere=("mars-2-a", "mars-1-b")),
        UnsupportedError("never", remedy="-"),
        QuotaError("none left", remedy="-", region="mars-1"),
        QuotaError("none anywhere", remedy="-"),
    ]
)


@given(refusal=REFUSALS, rest=OFFERS)
def test_nothing_is_made_up_and_the_order_within_a_zone_is_kept(refusal: Exception, rest: list[Offer]) -> None:
    left = choose.after(refusal, A1, rest)
    for zone in {one.zone for one in left}:
        kept = [one for one in left if one.zone == zone]
        remaining = iter(one for one in rest if one.zone == zone)
        assert all(one in remaining for one in kept)


NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def refused(one: Offer, ago: timedelta, *, permanent: bool = False) -> Refused:
    return Refused(Origin("memory"), one.zone, one.instance_type, one.spot, permanent, "DRY", NOW - ago)


def test_refusals_of_a_moment_ago_come_last_in_their_order_and_old_ones_are_forgotten() -> None:
    offers = [A1, B1, A2]
    fresh = [refused(A1, timedelta(minutes=1)), refused(B1, timedelta(minutes=4))]
    assert choose.remembering(offers, fresh, NOW) == ([A2, A1, B1], {})
    assert choose.remembering(offers, [refused(A1, choose.PASSING)], NOW) == (offers, {})


def test_what_a_zone_never_has_is_left_out_for_a_day_unless_nothing_else_is_left() -> None:
    never = refused(A1, timedelta(hours=23), permanent=True)
    left, why = choose.remembering([A1, B1], [never], NOW)
    assert left == [B1]
    assert "rover-4" in why["mars-1-a"] and "DRY" in why["mars-1-a"]
    assert choose.remembering([A1], [never], NOW) == ([A1], {})
    assert choose.remembering([A1, B1], [refused(A1, choose.PERMANENT, permanent=True)], NOW) == ([A1, B1], {})


def test_spot_and_on_demand_are_remembered_apart() -> None:
    spot = offer("mars-1-a", spot=True)
    assert choose.remembering([spot, B1], [refused(A1, timedelta(0))], NOW) == ([spot, B1], {})


def test_the_scope_of_a_refusal_says_what_is_still_worth_trying() -> None:
    other_gpu = offer("mars-1-a", gpu=Gpu("L4"), instance_type="lander-4")
    rest = [A1_BIG, other_gpu, B1, A2]
    in_zone = CapacityError("none", remedy="-", scope=Scope.ZONE)
    assert choose.after(in_zone, A1, rest) == [other_gpu, B1, A2]
    assert choose.after(CapacityError("none", remedy="-", scope=Scope.REGION), A1, rest) == [A2]
    assert choose.after(PolicyError("not here", remedy="-", scope=Scope.REGION), A1, rest) == [A2]
    assert choose.after(PolicyError("not at all", remedy="-"), A1, rest) == []
