"""What can be bought: where it is to be had, joined with the prices, for what was asked for.

Left out unless they are named: GPUs before Turing, for which the container images of today have no code, Arm
processors, machines with a part of a GPU, virtual workstations, and what Google sells to few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer
from cloudgpu.providers.gcp import prices
from cloudgpu.providers.gcp.images import BEFORE_TURING
from cloudgpu.providers.gcp.spelling import check
from cloudgpu.providers.gcp.stock import MachineType, Stock
from cloudgpu.rules.catalog import GPU_MEMORY_GB, GPUS, gpu_of_gcp
from cloudgpu.rules.choose import by_price

# Google sells these on demand to nobody, whatever the price list says: as spot, or when there is one to spare
_NOT_ON_DEMAND = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g", "a3-ultragpu-", "a4-")
_RESERVED = ("a4x-",)
_FEW = ("a3-edgegpu-", "-nolssd", "-metal")
_LONGEST_FLEX_RUN = timedelta(days=7)
# for each attached GPU, unless a machine type was asked for
_VCPUS_PER_GPU = (4, 8)


def offers(request: GpuRequest, stock: Stock) -> list[Offer]:
    """Cheapest first; what has no known price last, and not at all where there is a limit.

    UsageError for a region, zone or machine type that does not exist, and for a GPU that is retired or that nobody can
    buy by the hour.
    """
    check(request, stock)
    found = [
        offer
        for machine, zones in (*_bundled(request, stock), *_attached(request, stock))
        for offer in _in_zones(machine, zones, request)
        if request.max_hourly is None or (offer.hourly is not None and offer.hourly <= request.max_hourly)
    ]
    if not found and (request.gpu or request.instance_type) and not request.spot:
        _only_by_reservation(request, stock)
    return sorted(found, key=lambda offer: (by_price(offer), offer.zone, offer.instance_type))


def _bundled(request: GpuRequest, stock: Stock) -> Iterator[tuple[Offer, tuple[str, ...]]]:
    """Machine types with GPUs of their own, and the zones that have them."""
    for one in stock.machines.values():
        share = prices.types()[one.name].share if one.name in prices.types() else 1.0
        flex = not request.spot and one.name.startswith(_NOT_ON_DEMAND)
        reserved = not request.spot and one.name.startswith(_RESERVED)
        if reserved or not _wanted(one, request, share) or (flex and not _anything_named(request)):
            continue
        gpu = Gpu(gpu_of_gcp(one.accelerator), one.count)
        memory = GPU_MEMORY_GB.get(gpu.type)
        offer = replace(
            _blank(request, stock, one.name, gpu),
            vcpus=one.vcpus,
            memory_gb=one.memory_gb,
            flex_start=flex,
            longest_run=_LONGEST_FLEX_RUN if flex else None,
            gpu_memory_gb=memory * share if memory else None,
            share=share,
        )
        # of some GPUs the tables know no zones: then the person's word counts
        yield offer, one.zones or (() if stock.seen_at else request.zones)


def _wanted(one: MachineType, request: GpuRequest, share: float) -> bool:
    named = request.instance_type == one.name
    gpu = Gpu(gpu_of_gcp(one.accelerator), one.count)
    if (request.instance_type and not named) or (request.gpu and request.gpu != gpu):
        return False
    if named or share < 1 or any(word in one.name for word in _FEW):
        return named
    return request.gpu is not None or (not one.arm and (request.everything or one.count == 1))


def _anything_named(request: GpuRequest) -> bool:
    return bool(request.gpu or request.instance_type or request.everything)


def _attached(request: GpuRequest, stock: Stock) -> Iterator[tuple[Offer, tuple[str, ...]]]:
    """N1 machines with GPUs put into them, and the zones that have those."""
    for machine in prices.types().values():
        named = request.instance_type == machine.type
        if not machine.type.startswith("n1-") or (request.instance_type and not named):
            continue
        for gpu in _cards(request, named=named):
            usual = machine.type.startswith("n1-standard-") and machine.vcpus in [n * gpu.count for n in _VCPUS_PER_GPU]
            if (named or usual) and machine.vcpus <= prices.ATTACHABLE.get(gpu.type, {}).get(gpu.count, 0):
                offer = replace(
                    _blank(request, stock, machine.type, gpu),
                    vcpus=machine.vcpus,
                    memory_gb=machine.memory_gb,
                    gpu_memory_gb=GPU_MEMORY_GB[gpu.type],
                )
                yield offer, stock.accelerators.get(GPUS[gpu.type][0], ())


def _cards(request: GpuRequest, *, named: bool) -> Iterator[Gpu]:
    if request.gpu:
        yield request.gpu
        return
    for model, counts in prices.ATTACHABLE.items():
        if not model.endswith("-VWS") and (named or request.everything or model not in BEFORE_TURING):
            yield from (Gpu(model, count) for count in (counts if request.everything else (1,)))


def _blank(request: GpuRequest, stock: Stock, instance_type: str, gpu: Gpu) -> Offer:
    return Offer("gcp", "", "", instance_type, gpu, 0, 0, None, request.spot, seen_at=stock.seen_at)


def _in_zones(offer: Offer, zones: tuple[str, ...], request: GpuRequest) -> Iterator[Offer]:
    """The offer in each zone that will do. What Google starts when it can costs the list price at most."""
    for zone in zones:
        region = prices.region_of(zone)
        if (not request.zones or zone in request.zones) and (not request.regions or region in request.regions):
            hourly = prices.hourly(region, offer.instance_type, offer.gpu, spot=offer.spot)
            yield replace(offer, region=region, zone=zone, hourly=hourly)


def _only_by_reservation(request: GpuRequest, stock: Stock) -> None:
    """UsageError where that is why there is no offer."""
    for one in stock.machines.values():
        gpu = Gpu(gpu_of_gcp(one.accelerator), one.count)
        if one.name.startswith(_RESERVED) and (request.gpu == gpu or request.instance_type == one.name):
            raise UsageError(
                f"Google Cloud sells {one.name} with {gpu.count} x {gpu.type} by reservation only.",
                remedy=f"cloudgpu launch --gpu B200:8, or as spot: cloudgpu launch --gpu {gpu.type}:{gpu.count} --spot",
            )
