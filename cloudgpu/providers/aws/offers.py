"""What can be bought: what the account's regions sell, joined with the prices, for what was asked for.

Left out unless they are named: Arm processors, and machines with a part of a GPU. What is sold by the block of days
only is not offered at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cloudgpu.model import GpuRequest, Offer
from cloudgpu.providers.aws import market, prices
from cloudgpu.providers.aws.catalogue import Catalogue
from cloudgpu.providers.aws.prices import REGIONS, Machine
from cloudgpu.providers.aws.regions import region_of
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.spelling import check_places, check_type, check_zones
from cloudgpu.providers.aws.stock import Stock
from cloudgpu.rules.catalog import not_retired
from cloudgpu.rules.choose import by_price


def offers(account: Account, catalogue: Catalogue, request: GpuRequest) -> list[Offer]:
    """Cheapest first, the home region first where it is no dearer; what has no known price last, and not at all where
    there is a limit. Without regions and zones: the home region and `REGIONS`.

    UsageError for a region, zone or instance type that EC2 does not have, and for what is retired or has no CUDA.
    """
    if request.gpu:
        not_retired(request.gpu, "AWS")
    check_places(account, request)
    stocks = _stocks(account, catalogue, request)
    check_zones(account, request.zones, stocks)
    if request.instance_type:
        check_type(request.instance_type, stocks)
    wanted = {stock.region: list(_wanted(stock, request)) for stock in stocks}
    spot = _spot(account, wanted) if request.spot else {}
    found = [
        offer
        for stock in stocks
        for machine in wanted[stock.region]
        for offer in _in_zones(stock, machine, request, spot)
        if request.max_hourly is None or (offer.hourly is not None and offer.hourly <= request.max_hourly)
    ]
    home = account.home
    return sorted(found, key=lambda one: (by_price(one), one.region != home, one.region, one.instance_type, one.zone))


def _stocks(account: Account, catalogue: Catalogue, request: GpuRequest) -> list[Stock]:
    """Zones narrow regions down. Of regions that nobody named, only the home region has to answer."""
    of_zones = [region_of(zone) for zone in request.zones]
    named = [region for region in of_zones if region in (request.regions or of_zones)] or request.regions
    if named:
        return catalogue.stocks(list(dict.fromkeys(named)))
    everywhere = list(dict.fromkeys((account.home, *REGIONS)))
    return catalogue.stocks(everywhere, optional=everywhere[1:])


def _wanted(stock: Stock, request: GpuRequest) -> Iterator[Machine]:
    usage = "spot" if request.spot else "on-demand"
    for one in stock.machines.values():
        named = request.instance_type == one.instance_type
        if usage not in one.usage or (request.instance_type and not named) or request.gpu not in (None, one.gpu):
            continue
        anybodys = one.share == 1 and (request.gpu or (not one.arm and (request.everything or one.gpu.count == 1)))
        if named or anybodys:
            yield one


def _spot(account: Account, wanted: dict[str, list[Machine]]) -> market.Prices:
    return market.spot_prices(
        account, {region: [one.instance_type for one in machines] for region, machines in wanted.items()}
    )


def _in_zones(stock: Stock, machine: Machine, request: GpuRequest, spot: market.Prices) -> Iterator[Offer]:
    """The machine in each zone that will do."""
    for zone in stock.zones.get(machine.instance_type, ()):
        if not request.zones or zone in request.zones:
            yield Offer(
                "aws",
                stock.region,
                zone,
                machine.instance_type,
                machine.gpu,
                machine.vcpus,
                machine.memory_gb,
                _hourly(stock.region, zone, machine, request, spot),
                request.spot,
                gpu_memory_gb=machine.gpu_memory_gb,
                seen_at=stock.seen_at,
                share=machine.share,
            )


def _hourly(region: str, zone: str, machine: Machine, request: GpuRequest, spot: market.Prices) -> Decimal | None:
    """The list price, or for spot the market's, the old estimate where the market is silent."""
    listed = prices.hourly(region, machine.instance_type, spot=request.spot)
    return spot.get((zone, machine.instance_type), listed) if request.spot else listed
