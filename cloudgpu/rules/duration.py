"""Durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

from cloudgpu.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 366 * 86400


def parse(text: str) -> timedelta:
    """`90s`, `30m`, `8h`, `1d`, `1h30m`. UsageError for anything else, zero and more than a year included."""
    if not re.fullmatch(r"(?:\d{1,9}[smhd])+", text.strip()):
        raise UsageError(f"{text!r} is not a duration.", remedy="Write it like 90s, 30m, 8h, 1d or 1h30m.")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))
    if not seconds:
        raise UsageError(f"{text!r} is no time at all.", remedy="Write it like 90s, 30m, 8h, 1d or 1h30m.")
    if seconds > _LONGEST:
        raise UsageError(f"{text!r} is longer than a year.", remedy="Write it like 90s, 30m, 8h, 1d or 1h30m.")
    return timedelta(seconds=seconds)


def short(seconds: float) -> str:
    """`4.2s`, `3m05s`, `2h10m`, `3d04h`: for people."""
    if seconds < 59.95:  # what rounds to 60.0 is a minute
        return f"{seconds:.1f}s"
    minutes, rest = divmod(max(60, int(seconds)), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours < 24 else f"{hours // 24}d{hours % 24:02d}h"
