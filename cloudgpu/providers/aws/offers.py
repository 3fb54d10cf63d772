"""Which instance types and places a request means."""

from __future__ import annotations

from collections.abc import Iterable

from cloudgpu.errors import UsageError
from cloudgpu.model import GpuRequest, Offer
from cloudgpu.providers.aws import market
from cloudgpu.providers.aws.prices import REGIONS, Machine, machines
from cloudgpu.providers.aws.session import Account
from cloudgpu.rules.catalog import not_retired
from cloudgpu.rules.suggest import did_you_mean

_LIKE_THIS = "cloudgpu launch --provider aws --gpu T4"


def offers(account: Account, request: GpuRequest) -> list[Offer]:
    """Cheapest first. Without regions and zones: the home region, and the other priced ones only if it sells none.

    UsageError for a region, zone or instance type that EC2 does not have or that cannot be offered, or a retired GPU.
    """
    if request.gpu:
        not_retired(request.gpu, "AWS")
    wanted = _wanted(request)
    if request.regions or request.zones:
        found = market.on_sale(account, _regions(account, request), wanted, spot=request.spot)
        _check_zones(account, request.zones, {offer.zone for offer in found})
    else:
        home = account.home if account.home in REGIONS else REGIONS[0]
        others = [region for region in REGIONS if region != home]
        found = market.on_sale(account, [home], wanted, spot=request.spot)
        found = found or market.on_sale(account, others, wanted, spot=request.spot)
    fitting = [offer for offer in found if not request.zones or offer.zone in request.zones]
    return sorted(fitting, key=lambda offer: (offer.hourly, offer.instance_type, offer.zone))


def _wanted(request: GpuRequest) -> list[Machine]:
    named = request.instance_type
    if named is not None and (named not in machines() or machines()[named].unfit):
        raise _unusable(named)
    usage = "spot" if request.spot else "on-demand"
    return [
        one
        for one in machines().values()
        if not one.unfit
        and usage in one.usage
        and named in (None, one.instance_type)
        and (one.gpu == request.gpu if request.gpu else named is not None or request.everything or one.gpu.count == 1)
    ]


def _unusable(named: str) -> UsageError:
    if named in machines():
        return UsageError(f"{named} cannot be used: {machines()[named].unfit}.", remedy=_LIKE_THIS)
    fit = [name for name, one in machines().items() if not one.unfit]
    return UsageError(
        f"EC2 has no GPU instance type {named!r}.", remedy=f"{did_you_mean(named, fit)} {_LIKE_THIS}".strip()
    )


def _regions(account: Account, request: GpuRequest) -> list[str]:
    """The regions in which to look: all real and priced. Zones narrow them down."""
    for region in request.regions:
        _check_region(account, region, f"region {region!r}")
    for zone in request.zones:
        _check_region(account, _region_of(zone), f"zone {zone!r}")
    of_zones = [_region_of(zone) for zone in request.zones]
    asked = [region for region in of_zones if region in (request.regions or of_zones)] or request.regions
    return list(dict.fromkeys(asked))


def _check_region(account: Account, region: str, asked: str) -> None:
    if region in REGIONS:
        return
    real = account.every_region()
    if region not in real:
        hint = did_you_mean(region, real) or f"Known are {', '.join(REGIONS)}."
        raise UsageError(f"EC2 has no {asked}.", remedy=hint)
    raise UsageError(
        f"The prices in {region} are not known here, so nothing is bought there.",
        remedy=f"cloudgpu launch --provider aws --region {REGIONS[0]}  # or {', '.join(REGIONS[1:])}",
    )


def _region_of(zone: str) -> str:
    return zone.rstrip("abcdefghijklmnopqrstuvwxyz")


def _check_zones(account: Account, asked: Iterable[str], selling: set[str]) -> None:
    """A zone that sells nothing of this may be one that does not exist."""
    for zone in asked:
        if zone in selling:
            continue
        known = market.zones(account, _region_of(zone))
        if zone not in known:
            hint = did_you_mean(zone, known)
            raise UsageError(f"EC2 has no zone {zone!r}.", remedy=f"{hint} There are {', '.join(known)}.".strip())
