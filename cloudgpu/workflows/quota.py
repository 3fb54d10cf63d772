"""quota: what an account allows of a GPU, region by region, and asking its cloud for more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cloudgpu.errors import CapacityError, UsageError
from cloudgpu.events import step
from cloudgpu.model import Gpu, GpuRequest, Offer, Quota, QuotaAnswer
from cloudgpu.protocols import CanRaiseQuota
from cloudgpu.rules import choose
from cloudgpu.workflows.deps import Deps


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the account allows: for each region the limits that its cheapest fitting offer draws on, the cheapest
    region first."""

    account: str
    gpu: Gpu
    spot: bool
    regions: tuple[tuple[str, tuple[Quota, ...]], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """A limit, and what it is to become, in its own unit."""

    quota: Quota
    limit: float


def allowance(request: GpuRequest, deps: Deps) -> Allowance:
    """Ask, and change nothing. Without a GPU in the request: the one that is cheapest. CapacityError where the cloud
    sells nothing of the kind, AuthError without credentials."""
    with step(deps.emit, "check the account"):
        account = deps.provider.verify()
    with step(deps.emit, "find offers"):
        offers = _cheapest_by_region(deps.provider.offers(request))
    if not offers:
        wanted = request.instance_type or (f"{request.gpu.count} x {request.gpu.type}" if request.gpu else "GPU")
        where = ", ".join(request.regions) or "any region"
        raise CapacityError(
            f"{deps.provider.name} offers no {wanted} in {where}{' as spot' if request.spot else ''}.",
            remedy=f"cloudgpu offers --provider {deps.provider.name}",
        )
    with step(deps.emit, "check quotas"):
        regions = tuple((offer.region, tuple(deps.provider.quotas(offer))) for offer in offers)
    return Allowance(account, offers[0].gpu, request.spot, regions)


def to_raise(found: Allowance, gpus: int, regions: Sequence[str]) -> list[Wish]:
    """The limits that do not allow so many GPUs in these regions, and what would; in the cheapest one where none is
    named. An unknown one of a region is among them; that of the account as a whole only where it is known."""
    asked = [quotas for region, quotas in found.regions if region in regions] or [found.regions[0][1]]
    wishes = [Wish(quota, _for(gpus, quota, found.gpu)) for quotas in asked for quota in choose.of_gpus(quotas)]
    return list({(one.quota.name, one.quota.scope): one for one in wishes if _is_low(one.quota, one.limit)}.values())


def _for(gpus: int, quota: Quota, gpu: Gpu) -> float:
    """The limit that so many GPUs need. One that counts something else, which has a unit, counts whole machines."""
    return math.ceil(gpus / gpu.count) * quota.needed if quota.unit else gpus


def _is_low(quota: Quota, limit: float) -> bool:
    return quota.scope != "global" if quota.limit is None else quota.limit < limit


def check_can_raise(found: Allowance, deps: Deps) -> CanRaiseQuota:
    """UsageError, with where to go instead, for a cloud that is not asked from here."""
    if not isinstance(deps.provider, CanRaiseQuota):
        remedies = [quota.remedy for quota in choose.of_gpus(found.regions[0][1]) if quota.remedy]
        raise UsageError(
            f"cloudgpu does not ask {deps.provider.name} for higher limits.",
            remedy=remedies[0] if remedies else f"Ask on the web pages of {deps.provider.name}.",
        )
    return deps.provider


def ask(wishes: Sequence[Wish], deps: Deps, cloud: CanRaiseQuota, *, contact: str) -> list[QuotaAnswer]:
    """Ask for each; what became of it. The first refusal does not keep from asking for others."""
    answers = []
    for one in wishes:
        with step(deps.emit, f"ask for {one.quota.name} in {one.quota.scope}"):
            answers.append(cloud.raise_quota(one.quota, one.limit, contact=contact))
    return answers


def _cheapest_by_region(offers: Sequence[Offer]) -> list[Offer]:
    """Of the GPU that the cheapest offer has, one for each region."""
    first: dict[str, Offer] = {}
    for offer in sorted(offers, key=choose.by_price):
        cheapest = next(iter(first.values()), offer)
        if offer.gpu == cheapest.gpu:
            first.setdefault(offer.region, offer)
    return list(first.values())
