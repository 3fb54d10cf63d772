"""What comes near a request that nothing fits: another region, another number of GPUs, spot, a higher price."""

from __future__ import annotations

from dataclasses import replace

from cloudgpu.model import GpuRequest
from cloudgpu.protocols import Provider

_FEW = 6


def instead(request: GpuRequest, provider: Provider) -> tuple[str, str]:
    """A sentence that says what there is, and the options that ask for it; two empty strings where nothing comes near.
    Asks the cloud again, with one wish less each time."""
    if request.max_hourly is not None:
        free = provider.offers(replace(request, max_hourly=None))
        if priced := [offer.hourly for offer in free if offer.hourly is not None]:
            return f"It costs at least {priced[0]} USD per hour.", f"--max-price {priced[0]}"
    if request.regions or request.zones:
        anywhere = provider.offers(replace(request, regions=(), zones=(), max_hourly=None))
        regions = list(dict.fromkeys(offer.region for offer in anywhere))
        if regions:
            return f"It is sold in {', '.join(regions[:_FEW])}.", f"--region {regions[0]}"
    if request.gpu is not None:
        everything = provider.offers(GpuRequest(spot=request.spot, everything=True))
        counts = sorted({offer.gpu.count for offer in everything if offer.gpu.type == request.gpu.type})
        if counts and request.gpu.count not in counts:
            return f"It is sold by {', '.join(map(str, counts))}.", f"--gpu {request.gpu.type}:{counts[0]}"
    if not request.spot and provider.offers(replace(request, spot=True, max_hourly=None)):
        return "It is sold as spot.", "--spot"
    return "", ""
