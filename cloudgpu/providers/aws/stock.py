"""What a region sells in which of its zones, whoever said so: EC2 a moment ago, its answer on disk, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from cloudgpu.model import Gpu
from cloudgpu.providers.aws import prices
from cloudgpu.providers.aws.prices import Machine

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Stock:
    """`machines`: by name; `zones`: where each of them is sold. `seen_at` None: nobody asked, the dated table says
    so."""

    region: str
    seen_at: datetime | None
    machines: Mapping[str, Machine]
    zones: Mapping[str, tuple[str, ...]]


def from_table(region: str, zones: Mapping[str, str]) -> Stock:
    """As it was on the table's day; `zones`: the account's zones of the region, name to id."""
    there: dict[str, tuple[str, ...]] = {}
    for name in prices.sold_in(region):
        ids = prices.zone_ids(region, name)
        there[name] = tuple(sorted(zone for zone, zone_id in zones.items() if ids is None or zone_id in ids))
    return Stock(region, None, {name: prices.machines()[name] for name in there}, there)


def packed(stock: Stock, whose: tuple[str, str]) -> dict[str, object]:
    """For the disk: `whose` says of which endpoint and account it is."""
    return {
        "version": _VERSION,
        "whose": [*whose, stock.region],
        "seen_at": stock.seen_at.isoformat() if stock.seen_at else None,
        "machines": [asdict(one) for one in stock.machines.values()],
        "zones": {name: list(zones) for name, zones in stock.zones.items()},
    }


def unpacked(document: object, whose: tuple[str, str], region: str) -> Stock | None:
    """From the disk; None for anything else than what `packed` made of this account's region."""
    try:
        if not isinstance(document, dict) or (document["version"], document["whose"]) != (_VERSION, [*whose, region]):
            return None
        machines = [
            Machine(**{**one, "gpu": Gpu(**one["gpu"]), "usage": tuple(one["usage"])}) for one in document["machines"]
        ]
        return Stock(
            region,
            datetime.fromisoformat(document["seen_at"]),
            {one.instance_type: one for one in machines},
            {str(name): tuple(zones) for name, zones in document["zones"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
