"""What it has cost so far, and how long a budget lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from cloudgpu.model import Limits, Offer


def hours_between(start: datetime, end: datetime) -> float:
    """Hours, never negative."""
    return max(0.0, (end - start).total_seconds() / 3600)


def so_far(hourly: Decimal | None, start: datetime, end: datetime) -> Decimal | None:
    """USD to the cent; None where the price is not known."""
    if hourly is None:
        return None
    return (hourly * Decimal(str(hours_between(start, end)))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def lifetime(limits: Limits, offer: Offer) -> timedelta | None:
    """How long a machine of this offer may live: the shortest of the lifetime asked for, what the budget pays for at
    the machine's own price, and the cloud's own limit. None: for ever. A budget without a price pays for nothing."""
    found = [one for one in (limits.max_lifetime, offer.longest_run) if one is not None]
    if limits.budget is not None:
        hours = limits.budget / offer.hourly if offer.hourly else Decimal(0)
        found.append(timedelta(seconds=int(hours * 3600)))
    return min(found, default=None)
