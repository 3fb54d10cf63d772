"""What it has cost so far."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.rules import cost

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
