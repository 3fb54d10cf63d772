"""Durations as people write and read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.errors import UsageError
from cloudgpu.rules import duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("8h", 28800), ("1d", 86400), ("1h30m", 5400), (" 5m ", 300)]
)
def test_written(text: str, seconds: int) -> None:
    assert duration.parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "8", "h", "8 h", "-1h", "1.5h", "0s", "0h0m", "1w", "9" * 5000 + "d", "367d"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        duration.parse(text)
    assert "8h" in caught.value.remedy


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (4.24, "4.2s"),
        (59.94, "59.9s"),
        (59.97, "1m00s"),
        (60, "1m00s"),
        (185, "3m05s"),
        (3599.9, "59m59s"),
        (3600, "1h00m"),
        (7800, "2h10m"),
        (86399, "23h59m"),
        (86400, "1d00h"),
        (273600, "3d04h"),
    ],
)
def test_read(seconds: float, text: str) -> None:
    assert duration.short(seconds) == text


@given(st.integers(min_value=60, max_value=364 * 86400))
def test_what_is_read_can_be_written_again(seconds: int) -> None:
    again = duration.parse(duration.short(seconds)).total_seconds()
    assert again <= seconds < again + (1 if seconds < 3600 else 60 if seconds < 86400 else 3600)
