"""Which of the offers, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from cloudgpu.errors import CapacityError, ProviderError, Scope
from cloudgpu.model import Offer, Quota, Refused

# how long a refusal is remembered: stock comes back within minutes, a machine type that a zone lacks within months
PASSING, PERMANENT = timedelta(minutes=5), timedelta(days=1)


def by_price(offer: Offer) -> tuple[bool, Decimal]:
    """The sort key of cheapest first; what has no known price comes last."""
    return offer.hourly is None, offer.hourly or Decimal(0)


def affordable(offers: Iterable[Offer], max_hourly: Decimal | None) -> list[Offer]:
    """Those that are known to cost at most `max_hourly` USD per hour; all of them without a limit."""
    return [
        offer for offer in offers if max_hourly is None or (offer.hourly is not None and offer.hourly <= max_hourly)
    ]


def short_of(quotas: Iterable[Quota]) -> list[Quota]:
    """The limits that the request would break. What is unknown breaks nothing."""
    return [quota for quota in quotas if quota.left is not None and quota.left < quota.needed]


def of_gpus(quotas: Iterable[Quota]) -> list[Quota]:
    """The limits that count GPUs; all of them where the cloud counts something else."""
    told = list(quotas)
    return [quota for quota in told if "GPU" in quota.name] or told


def remembering(
    offers: Sequence[Offer], refusals: Iterable[Refused], now: datetime
) -> tuple[list[Offer], Mapping[str, str]]:
    """The offers in the order to try them, with what is known of earlier launches: out of stock a moment ago comes
    last, and what the zone never has is left out, unless that would leave nothing. And why, by zone."""
    known = {(one.zone, one.instance_type, one.spot): one for one in refusals}
    first: list[Offer] = []
    last: list[Offer] = []
    never: dict[str, str] = {}
    for offer in offers:
        refused = known.get((offer.zone, offer.instance_type, offer.spot))
        age = now - refused.at if refused else PERMANENT
        if refused and refused.permanent and age < PERMANENT:
            never[offer.zone] = f"it had no {offer.instance_type} when it was last asked: {refused.code}"
        elif refused and not refused.permanent and age < PASSING:
            last.append(offer)
        else:
            first.append(offer)
    left = first + last
    return (left, never) if left else (list(offers), {})


def after(refusal: Exception, offer: Offer, rest: Sequence[Offer]) -> list[Offer]:
    """What is still worth trying after `offer` was refused, in the order to try it: what lies outside of the refusal's
    scope, the zones which the cloud named first."""
    if not isinstance(refusal, ProviderError) or refusal.scope is Scope.ACCOUNT:
        return []
    left = [other for other in rest if not _reaches(refusal.scope, offer, other)]
    elsewhere = refusal.elsewhere if isinstance(refusal, CapacityError) else ()
    return sorted(left, key=lambda other: other.zone not in elsewhere)


def _reaches(scope: Scope, offer: Offer, other: Offer) -> bool:
    if scope is Scope.REGION:
        return other.region == offer.region
    if scope is Scope.ZONE:
        return (other.zone, other.gpu.type) == (offer.zone, offer.gpu.type)
    return (other.zone, other.instance_type) == (offer.zone, offer.instance_type)
