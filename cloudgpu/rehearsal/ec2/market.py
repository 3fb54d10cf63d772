"""What instances cost: on demand by a dated table, spot by a market that differs from zone to zone and moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from cloudgpu.data import table

_STEP = timedelta(hours=6)
_EPOCH = datetime(2026, 1, 1)  # moto's times are naive UTC
_SPREAD, _SWING = 15, 4  # percent at most between zones, and from step to step
_TINY = Decimal("0.0001")


@lru_cache(maxsize=1)
def _table() -> Mapping[str, tuple[Decimal, Decimal]]:
    """Instance type -> on demand, and what the typical saving leaves of it, in USD per hour."""
    found = {}
    for row in table("aws_gpu_instances"):
        hourly, saved = Decimal(row["od_usd_us_east_1"] or 0), row["spot_saving_pct_use1_2025_07"]
        found[row["instance_type"]] = (hourly, hourly * (100 - int(saved)) / 100 if saved.isdigit() else hourly)
    return found


def on_demand(instance_type: str) -> Decimal:
    """USD per hour in us-east-1; 0 where the table has none."""
    return _table().get(instance_type, (Decimal(0), Decimal(0)))[0]


@dataclass(frozen=True, slots=True)
class Pool:
    """One instance type in one zone. `fixed`: its price does not move."""

    instance_type: str
    zone: str
    fixed: Decimal | None = None

    def changes(self, until: datetime) -> Iterator[tuple[datetime, Decimal]]:
        """When it changed to what, newest first, without end; the first is in force at `until`. Nothing for a type
        whose price is not known."""
        highest, typical = _table().get(self.instance_type, (Decimal(0), Decimal(0)))
        if not typical and self.fixed is None:
            return
        offset = timedelta(minutes=_number(self.instance_type, self.zone) % 360)
        step = (until - _EPOCH - offset) // _STEP
        while True:
            price = self._moved(typical, step) if self.fixed is None else self.fixed
            yield _EPOCH + offset + step * _STEP, min(price, highest or price)
            step -= 1

    def price(self, at: datetime) -> Decimal:
        return next(self.changes(at), (at, Decimal(0)))[1]

    def _moved(self, typical: Decimal, step: int) -> Decimal:
        percent = 100 + _between(_SPREAD, self.zone, self.instance_type) + _between(_SWING, self.zone, str(step))
        return (typical * percent / 100).quantize(_TINY)


def _number(*of: str) -> int:
    return int.from_bytes(hashlib.sha256(" ".join(of).encode()).digest()[:4], "big")


def _between(most: int, *of: str) -> Decimal:
    """A number from -most to most, always the same for the same."""
    return Decimal(_number(*of) % (20 * most + 1)) / 10 - most
