"""What it has cost so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.model import Limits
from cloudgpu.rules import cost
from cloudgpu.testing.samples import offer

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("hourly", "elapsed", "usd"),
    [
        ("0.54", timedelta(hours=1), "0.54"),
        ("0.54", timedelta(minutes=90), "0.81"),
        ("0.01", timedelta(minutes=30), "0.01"),
        ("0.54", timedelta(0), "0.00"),
        ("0.54", timedelta(hours=-1), "0.00"),
        ("98.32", timedelta(days=30), "70790.40"),
    ],
)
def test_to_the_cent(hourly: str, elapsed: timedelta, usd: str) -> None:
    assert str(cost.so_far(Decimal(hourly), NOON, NOON + elapsed)) == usd


def test_an_unknown_price_is_an_unknown_cost() -> None:
    assert cost.so_far(None, NOON, NOON + timedelta(hours=1)) is None


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)))
def test_hours_are_hours(elapsed: timedelta) -> None:
    assert cost.hours_between(NOON, NOON + elapsed) == pytest.approx(elapsed / timedelta(hours=1))


@given(
    st.decimals("0.01", "100", places=2),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)),
)
def test_it_never_gets_cheaper_with_time(hourly: Decimal, first: timedelta, more: timedelta) -> None:
    early, late = cost.so_far(hourly, NOON, NOON + first), cost.so_far(hourly, NOON, NOON + first + more)
    assert early is not None
    assert late is not None
    assert early <= late


@pytest.mark.parametrize(
    ("limits", "longest", "found"),
    [
        (Limits(), None, None),
        (Limits(timedelta(hours=8)), None, timedelta(hours=8)),
        (Limits(budget=Decimal("1.00")), None, timedelta(hours=2)),
        (Limits(timedelta(hours=1), Decimal("1.00")), None, timedelta(hours=1)),
        (Limits(), timedelta(days=7), timedelta(days=7)),
        (Limits(timedelta(days=9)), timedelta(days=7), timedelta(days=7)),
    ],
)
def test_the_shortest_of_what_limits_a_life(limits: Limits, longest: timedelta | None, found: timedelta | None) -> None:
    one = replace(offer("mars-1-a", hourly="0.50"), longest_run=longest)
    assert cost.lifetime(limits, one) == found


def test_a_budget_without_a_price_pays_for_nothing() -> None:
    assert cost.lifetime(Limits(budget=Decimal(5)), replace(offer("mars-1-a"), hourly=None)) == timedelta(0)
