"""offers: what can be bought, where, for how much, and how many of it the quotas allow. Spends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from cloudgpu.events import Note, step
from cloudgpu.model import Gpu, GpuRequest, Offer, Quota
from cloudgpu.rules import choose
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.instead import instead


@dataclass(frozen=True, slots=True)
class OnSale:
    """One machine type in one region, at one price. `offer` is that of the first of its `zones`.

    `left`: how many of it the account's limits allow besides what runs already, and `quota` the limit that says so;
    None: the cloud does not tell.
    """

    offer: Offer
    zones: tuple[str, ...]
    left: int | None
    quota: str | None


def offers(request: GpuRequest, deps: Deps) -> list[OnSale]:
    """Cheapest first; without a GPU and an instance type in the request, all that has GPUs.

    AuthError without credentials, UsageError for what the cloud does not have.
    """
    with step(deps.emit, "check the account"):
        deps.provider.verify()
    with step(deps.emit, "find offers"):
        everything = request.gpu is None and request.instance_type is None
        found = deps.provider.offers(replace(request, everything=everything))
        groups = _grouped(choose.affordable(found, request.max_hourly))
        hint, option = ("", "") if groups else instead(request, deps.provider)
    if hint:
        deps.emit(Note(f"{deps.provider.name}: {hint} cloudgpu offers {option}"))
    with step(deps.emit, "check quotas"):
        return [_with_quota(group, deps) for group in groups]


def _grouped(offers: Iterable[Offer]) -> list[list[Offer]]:
    groups: dict[tuple[str, str, Gpu, bool, bool, Decimal | None], list[Offer]] = {}
    for one in offers:
        key = (one.region, one.instance_type, one.gpu, one.spot, one.flex_start, one.hourly)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _with_quota(group: list[Offer], deps: Deps) -> OnSale:
    zones = tuple(sorted(one.zone for one in group))
    known = [(_machines(one), one.name) for one in deps.provider.quotas(group[0]) if one.left is not None]
    left, quota = min(known, default=(None, None))
    return OnSale(group[0], zones, left, quota)


def _machines(quota: Quota) -> int:
    """How many machines of this kind the limit leaves room for."""
    return max(0, int((quota.left or 0) // quota.needed)) if quota.needed else 0
