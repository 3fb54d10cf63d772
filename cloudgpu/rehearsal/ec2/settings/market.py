"""Spot prices as data."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cloudgpu.rehearsal import reading

Prices = Mapping[str, Mapping[str, float]]
_EVERYWHERE = ""


def spot_prices(now: Prices, value: object) -> Prices:
    """`{instance type: USD per hour | {zone: USD per hour} | null}`; what is not named stays, null lets the market move
    again."""
    wanted = reading.mapping("spot_prices", value)
    changed = {kind: None if one is None else _by_zone(kind, one) for kind, one in wanted.items()}
    return {kind: one for kind, one in {**now, **changed}.items() if one is not None}


def _by_zone(kind: str, value: object) -> Mapping[str, float]:
    by_zone = value if isinstance(value, Mapping) else {_EVERYWHERE: value}
    return {str(zone): reading.number(f"spot_prices.{kind}", usd) for zone, usd in by_zone.items()}


def fixed(prices: Prices, instance_type: str, zone: str) -> Decimal | None:
    """What was set for a zone; None where nothing was."""
    by_zone = prices.get(instance_type, {})
    found = by_zone.get(zone, by_zone.get(_EVERYWHERE))
    return None if found is None else Decimal(str(found))
