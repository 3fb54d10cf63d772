"""What it has cost so far."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal


def hours_between(start: datetime, end: datetime) -> float:
    """Hours, never negative."""
    return max(0.0, (end - start).total_seconds() / 3600)


def so_far(hourly: Decimal | None, start: datetime, end: datetime) -> Decimal | None:
    """USD to the cent; None where the price is not known."""
    if hourly is None:
        return None
    return (hourly * Decimal(str(hours_between(start, end)))).quantize(Decimal("0.01"), ROUND_HALF_UP)
