"""What can be bought: the price tables joined with the zones, filtered by what was asked for.

Where no GPU is named, those before Turing are left out: the container images of today have no code for them.
"""

from __future__ import annotations

from collections.abc import Iterator

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer
from cloudgpu.providers.gcp import prices
from cloudgpu.providers.gcp.images import BEFORE_TURING
from cloudgpu.providers.gcp.prices import Machine
from cloudgpu.rules.suggest import did_you_mean

# Google sells these on demand to nobody, whatever the price list says
_SPOT_ONLY = frozenset({"a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g", "a3-ultragpu-8g", "a4-highgpu-8g"})
# for each attached GPU, unless a machine type was asked for
_VCPUS_PER_GPU = (4, 8)


def offers(request: GpuRequest) -> list[Offer]:
    """Cheapest first. UsageError for a region, zone or machine type that does not exist."""
    _check(request)
    found = [
        offer
        for machine in prices.machines().values()
        if not request.regions or machine.region in request.regions
        for gpu in _gpus(machine, request)
        for offer in _in_zones(machine, gpu, request)
    ]
    return sorted(found, key=lambda offer: (offer.hourly, offer.zone, offer.instance_type))


def _check(request: GpuRequest) -> None:
    types = {kind for _, kind in prices.machines()}
    for what, option, wanted, known in (
        ("region", "region", request.regions, prices.regions()),
        ("zone", "zone", request.zones, prices.zones()),
        ("machine type", "instance-type", (request.instance_type,) if request.instance_type else (), types),
    ):
        for word in wanted:
            if word not in known:
                raise UsageError(
                    f"Compute Engine has no {what} {word!r} with GPUs.",
                    remedy=did_you_mean(word, sorted(known)) or f"cloudgpu launch --{option} {min(known)}",
                )


def _gpus(machine: Machine, request: GpuRequest) -> Iterator[Gpu]:
    """The GPUs that the machine would have for this request."""
    named = request.instance_type == machine.type
    if (request.instance_type and not named) or (machine.type in _SPOT_ONLY and not request.spot):
        return
    if machine.gpu:
        if machine.gpu == request.gpu or (request.gpu is None and (named or machine.gpu.count == 1)):
            yield machine.gpu
        return
    if not machine.type.startswith("n1-"):
        return
    anything = [Gpu(kind) for kind in prices.ATTACHABLE if named or kind not in BEFORE_TURING]
    for wanted in [request.gpu] if request.gpu else anything:
        most = prices.ATTACHABLE.get(wanted.type, {}).get(wanted.count, 0)
        usual = machine.type.startswith("n1-standard-") and machine.vcpus in [n * wanted.count for n in _VCPUS_PER_GPU]
        if machine.vcpus <= most and (named or usual):
            yield wanted


def _in_zones(machine: Machine, gpu: Gpu, request: GpuRequest) -> Iterator[Offer]:
    hourly = prices.hourly(machine.region, machine.type, gpu, spot=request.spot)
    # of some GPUs the tables know no zones: then the person's word counts
    for zone in prices.zones_with(gpu.type) or request.zones:
        fits = prices.region_of(zone) == machine.region and (not request.zones or zone in request.zones)
        if fits and hourly is not None and (request.max_hourly is None or hourly <= request.max_hourly):
            yield Offer(
                provider="gcp",
                region=machine.region,
                zone=zone,
                instance_type=machine.type,
                gpu=gpu,
                vcpus=machine.vcpus,
                memory_gb=machine.memory_gb,
                hourly=hourly,
                spot=request.spot,
            )
