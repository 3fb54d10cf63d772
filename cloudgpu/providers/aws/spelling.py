"""Does EC2 have what the person names, and is it open to this account?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudgpu.errors import PermissionError_, UsageError
from cloudgpu.model import GpuRequest
from cloudgpu.providers.aws import prices, regions
from cloudgpu.providers.aws.errors import explained
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.stock import Stock
from cloudgpu.rules.suggest import did_you_mean

# what EC2 once had -> what has as many GPUs of today
RETIRED_TYPES = {
    "cg1.4xlarge": "g4dn.12xlarge",
    "g2.2xlarge": "g4dn.xlarge",
    "g2.8xlarge": "g4dn.12xlarge",
    "g3s.xlarge": "g4dn.xlarge",
    "g3.4xlarge": "g4dn.4xlarge",
    "g3.8xlarge": "g4dn.12xlarge",
    "g3.16xlarge": "g4dn.12xlarge",
    "p2.xlarge": "g4dn.xlarge",
    "p2.8xlarge": "g4dn.metal",
    "p2.16xlarge": "g4dn.metal",
    "p3.2xlarge": "g4dn.2xlarge",
    "p3.8xlarge": "g4dn.12xlarge",
    "p3.16xlarge": "g4dn.metal",
}
# what they compute with instead of CUDA
_NO_CUDA = {
    "g4ad": "AMD",
    "dl1": "Habana",
    "dl2q": "Qualcomm",
    "inf1": "AWS",
    "inf2": "AWS",
    "trn": "AWS",
    "vt1": "AMD",
}


def check_places(account: Account, request: GpuRequest) -> None:
    """UsageError for a region that AWS does not have, PermissionError_ for one that the account has not enabled."""
    for region in request.regions:
        _check_region(account, region, f"region {region!r}")
    for zone in request.zones:
        _check_region(account, regions.region_of(zone), f"zone {zone!r}")


def _check_region(account: Account, region: str, asked: str) -> None:
    if region in prices.REGIONS or region == account.home:
        return
    try:
        enabled: Sequence[str] = account.regions()
    except PermissionError_:
        enabled = account.every_region()
    if region in enabled:
        return
    if region in account.every_region():
        raise explained("OptInRequired", f"The region {region} is not enabled in this account.", region=region)
    hint = did_you_mean(region, enabled) or f"There are {', '.join(enabled)}."
    raise UsageError(f"EC2 has no {asked}.", remedy=hint)


def check_type(named: str, stocks: Iterable[Stock]) -> None:
    """UsageError for an instance type that EC2 does not have, has no more, or that has no NVIDIA GPU."""
    sold = {name for stock in stocks for name in stock.machines}
    if named in sold:
        return
    if named in RETIRED_TYPES:
        instead = RETIRED_TYPES[named]
        raise UsageError(
            f"{named} is retired on AWS.", remedy=f"use {instead}: cloudgpu launch --instance-type {instead}"
        )
    family = named.partition(".")[0]
    maker = next((maker for start, maker in _NO_CUDA.items() if family.startswith(start)), None)
    if maker:
        raise UsageError(f"{named} has no CUDA GPU, but chips by {maker}.", remedy="cloudgpu launch --gpu T4")
    known = sold | prices.machines().keys()
    if named not in known:
        hint = did_you_mean(named, sorted(known))
        raise UsageError(
            f"EC2 has no GPU instance type {named!r}.",
            remedy=f"{hint} cloudgpu launch --provider aws --gpu T4".strip(),
        )


def check_zones(account: Account, asked: Iterable[str], stocks: Iterable[Stock]) -> None:
    """UsageError for a zone that the account does not have. One that sells no GPUs exists all the same."""
    selling = {zone for stock in stocks for zones in stock.zones.values() for zone in zones}
    for zone in asked:
        if zone in selling:
            continue
        known = sorted(regions.zones(account, regions.region_of(zone)))
        if zone not in known:
            hint = did_you_mean(zone, known)
            raise UsageError(f"EC2 has no zone {zone!r}.", remedy=f"{hint} There are {', '.join(known)}.".strip())
