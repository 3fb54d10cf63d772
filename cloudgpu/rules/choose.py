"""Which of the offers, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cloudgpu.errors import CapacityError, QuotaError, UnsupportedError
from cloudgpu.model import Offer, Quota


def affordable(offers: Iterable[Offer], max_hourly: Decimal | None) -> list[Offer]:
    """Those that cost at most `max_hourly` USD per hour."""
    return [offer for offer in offers if max_hourly is None or offer.hourly <= max_hourly]


def short_of(quotas: Iterable[Quota]) -> list[Quota]:
    """The limits that the request would break. What is unknown breaks nothing."""
    return [quota for quota in quotas if quota.left is not None and quota.left < quota.needed]


def after(refusal: Exception, offer: Offer, rest: Sequence[Offer]) -> list[Offer]:
    """What is still worth trying after `offer` was refused, in the order to try it.

    Out of stock: the zones which the cloud named come first. Quota: nothing more of that region, or nothing at all if
    the limit holds everywhere. Any other refusal: nothing.
    """
    if isinstance(refusal, QuotaError):
        return [] if refusal.region is None else [other for other in rest if other.region != refusal.region]
    if isinstance(refusal, UnsupportedError):
        return [other for other in rest if (other.zone, other.instance_type) != (offer.zone, offer.instance_type)]
    if isinstance(refusal, CapacityError):
        return sorted(rest, key=lambda other: other.zone not in refusal.elsewhere)
    return []
