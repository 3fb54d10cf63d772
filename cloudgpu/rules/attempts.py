"""The refusals of one launch, as they are written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cloudgpu.model import Attempt, Offer, Record


def with_(known: tuple[Attempt, ...], new: Attempt) -> tuple[Attempt, ...]:
    """With one more; the same refusal of the same place is counted, with its newest words, and not listed again."""
    for place, one in enumerate(known):
        if (one.zone, one.instance_type, one.kind, one.code) == (new.zone, new.instance_type, new.kind, new.code):
            return (*known[:place], replace(new, times=one.times + new.times), *known[place + 1 :])
    return (*known, new)


def count(known: tuple[Attempt, ...], offer: Offer) -> int:
    """How often this machine type was refused in this zone."""
    return sum(one.times for one in known if (one.zone, one.instance_type) == (offer.zone, offer.instance_type))


def unsettled_first(offers: Sequence[Offer], record: Record) -> list[Offer]:
    """The offers with those first that were asked for in a place whose answer was never written down: the same request
    again tells what became of it, before anything else is bought."""
    answered = {one.zone for one in record.attempts}
    open_ = {ref.zone for ref in record.tried} - answered
    return sorted(offers, key=lambda offer: offer.zone not in open_)
