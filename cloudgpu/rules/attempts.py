"""The refusals of one launch, as they are written down."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.model import Attempt, Offer


def with_(known: tuple[Attempt, ...], new: Attempt) -> tuple[Attempt, ...]:
    """With one more; the same refusal of the same place is counted, with its newest words, and not listed again."""
    for place, one in enumerate(known):
        if (one.zone, one.instance_type, one.kind, one.code) == (new.zone, new.instance_type, new.kind, new.code):
            return (*known[:place], replace(new, times=one.times + new.times), *known[place + 1 :])
    return (*known, new)


def count(known: tuple[Attempt, ...], offer: Offer) -> int:
    """How often this machine type was refused in this zone."""
    return sum(one.times for one in known if (one.zone, one.instance_type) == (offer.zone, offer.instance_type))
