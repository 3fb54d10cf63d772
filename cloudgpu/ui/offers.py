"""What `cloudgpu offers` shows, to people and to programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudgpu.data import SOURCES
from cloudgpu.model import Offer
from cloudgpu.rules.catalog import GPU_MEMORY_GB, RETIRED
from cloudgpu.rules.duration import short
from cloudgpu.ui.tables import table
from cloudgpu.ui.text import amount, moment

Row = tuple[Offer, Sequence[str], int | None, str | None]  # the offer, its zones, how many the quotas allow, and which
_HEAD = ("PROVIDER", "REGION", "TYPE", "GPU", "GPU GB", "VCPUS", "GB", "USD/H", "SOLD AS", "ZONES", "QUOTA LEFT")
# where each cloud's prices and zones are from
_PRICES = {"gcp": "gcp_machine_prices", "aws": "aws_gpu_prices"}
_ZONES = {"gcp": "gcp_gpu_zones", "aws": "aws_gpu_instances"}


def screen(rows: Sequence[Row], *, now: datetime, everything: bool, width: int | None = None) -> str:
    """A table, and of when its zones and prices are. `everything`: nothing in particular was asked for."""
    if not rows:
        return "No offers."
    lines = [table(_HEAD, [_cells(*row) for row in rows], width=width), ""]
    lines += [_age(offer, now) for offer in {row[0].provider: row[0] for row in rows}.values()]
    if everything:
        lines += [f"{gpu} is retired: use {instead}." for gpu, instead in RETIRED.items()]
    return "\n".join(lines)


def document(offer: Offer, zones: Sequence[str], left: int | None, quota: str | None) -> dict[str, object]:
    """One element of `offers --json`; what is not known is null."""
    return {
        "provider": offer.provider,
        "region": offer.region,
        "zones": list(zones),
        "instance_type": offer.instance_type,
        "gpu": {"type": offer.gpu.type, "count": offer.gpu.count, "memory_gb": _plain(_memory(offer))},
        "vcpus": offer.vcpus,
        "memory_gb": _plain(offer.memory_gb),
        "spot": offer.spot,
        "flex_start": offer.flex_start,
        "price_per_hour": None if offer.hourly is None else amount(offer.hourly),
        "quota_left": left,
        "quota": quota,
        "seen_at": None if offer.seen_at is None else moment(offer.seen_at),
    }


def _cells(offer: Offer, zones: Sequence[str], left: int | None, quota: str | None) -> tuple[str, ...]:
    memory = _memory(offer)
    return (
        offer.provider,
        offer.region,
        offer.instance_type,
        f"{offer.gpu.count} x {offer.gpu.type}",
        "unknown" if memory is None else f"{memory:g}",
        str(offer.vcpus),
        f"{offer.memory_gb:g}",
        _price(offer),
        "spot" if offer.spot else "flex-start" if offer.flex_start else "on demand",
        " ".join(zone.removeprefix(offer.region).lstrip("-") or zone for zone in zones),
        "unknown" if left is None else f"{left} ({quota})",
    )


def _price(offer: Offer) -> str:
    if offer.hourly is None:
        return "unknown"
    return f"at most {amount(offer.hourly)}" if offer.flex_start else amount(offer.hourly)


def _memory(offer: Offer) -> float | None:
    known = GPU_MEMORY_GB.get(offer.gpu.type)
    return offer.gpu_memory_gb if offer.gpu_memory_gb is not None else known


def _plain(number: float | None) -> float | None:
    """16, not 16.0."""
    return int(number) if number is not None and number == int(number) else number


def _age(offer: Offer, now: datetime) -> str:
    zones = SOURCES.get(_ZONES.get(offer.provider, ""), "an unknown day")
    if offer.seen_at is not None:
        zones = f"{short(max(0.0, (now - offer.seen_at).total_seconds()))} ago"
    prices = SOURCES.get(_PRICES.get(offer.provider, ""), "an unknown day")
    return f"{offer.provider}: zones as of {zones}, prices of {prices}."
