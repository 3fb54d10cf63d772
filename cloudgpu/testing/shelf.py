"""What is on sale in a cloud in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudgpu.errors import UsageError
from cloudgpu.model import GpuRequest, Offer
from cloudgpu.rules.choose import by_price
from cloudgpu.rules.suggest import did_you_mean


def pick(shelf: Sequence[Offer], request: GpuRequest) -> list[Offer]:
    """What fits, cheapest first. UsageError for a region, zone or instance type that nothing on the shelf has."""
    _known("region", request.regions, {offer.region for offer in shelf})
    _known("zone", request.zones, {offer.zone for offer in shelf})
    if request.instance_type:
        _known("instance type", [request.instance_type], {offer.instance_type for offer in shelf})
    return sorted((offer for offer in shelf if _fits(offer, request)), key=by_price)


def _known(what: str, wanted: Iterable[str], known: set[str]) -> None:
    for word in wanted:
        if word not in known:
            hint = did_you_mean(word, known) or f"Known are {', '.join(sorted(known))}."
            raise UsageError(f"There is no {what} {word!r}.", remedy=hint)


def _fits(offer: Offer, request: GpuRequest) -> bool:
    any_single = request.gpu is None and (
        request.instance_type is not None or request.everything or offer.gpu.count == 1
    )
    return (
        (any_single or offer.gpu == request.gpu)
        and request.instance_type in (None, offer.instance_type)
        and (not request.regions or offer.region in request.regions)
        and (not request.zones or offer.zone in request.zones)
        and offer.spot is request.spot
    )
