"""Does the cloud have what the person names?"""

from __future__ import annotations

from cloudgpu.errors import UsageError
from cloudgpu.model import GpuRequest
from cloudgpu.providers.gcp import prices
from cloudgpu.providers.gcp.stock import Stock
from cloudgpu.rules.catalog import not_retired
from cloudgpu.rules.suggest import did_you_mean


def check(request: GpuRequest, stock: Stock) -> None:
    """UsageError for a region, zone or machine type that Compute Engine does not have, and for a retired GPU. A zone
    without the GPU exists all the same."""
    if request.gpu:
        not_retired(request.gpu, "Google Cloud")
    zones = stock.zones | prices.zones()
    regions = {prices.region_of(zone) for zone in zones} | prices.regions()
    _known("region", "region", request.regions, regions)
    # where nobody could be asked, the person's word counts for a zone of a region that exists
    believed = {zone for zone in request.zones if stock.seen_at is None and prices.region_of(zone) in regions}
    _known("zone", "zone", request.zones, zones | believed)
    named = (request.instance_type,) if request.instance_type else ()
    _known("machine type", "instance-type", named, stock.machines.keys() | prices.types().keys())


def _known(what: str, option: str, wanted: tuple[str, ...], known: set[str] | frozenset[str]) -> None:
    for word in wanted:
        if word not in known:
            raise UsageError(
                f"Compute Engine has no {what} {word!r} with GPUs.",
                remedy=did_you_mean(word, sorted(known)) or f"cloudgpu launch --{option} {min(known)}",
            )
