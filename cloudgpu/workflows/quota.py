"""quota: what an account allows of a GPU, region by region, and asking its cloud for more."""

from __future__ import annotations

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


def to_raise(found: Allowance, limit: float, regions: Sequence[str]) -> list[Quota]:
    """The limits on GPUs that are lower than `limit` in these regions; in the cheapest one where none is named. An
    unknown one of a region is among them; that of the account as a whole only where it is known."""
    asked = [quotas for region, quotas in found.regions if region in regions] or [found.regions[0][1]]
    low = [quota for quotas in asked for quota in choose.of_gpus(quotas) if _is_low(quota, limit)]
    return list({(quota.name, quota.scope): quota for quota in low}.values())


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


def ask(quotas: Sequence[Quota], limit: float, deps: Deps, cloud: CanRaiseQuota, *, contact: str) -> list[QuotaAnswer]:
    """Ask that each be raised to `limit`; what became of it. The first refusal does not keep from asking for others."""
    answers = []
    for quota in quotas:
        with step(deps.emit, f"ask for {quota.name} in {quota.scope}"):
            answers.append(cloud.raise_quota(quota, limit, contact=contact))
    return answers


def _cheapest_by_region(offers: Sequence[Offer]) -> list[Offer]:
    """Of the GPU that the cheapest offer has, one for each region."""
    first: dict[str, Offer] = {}
    for offer in sorted(offers, key=choose.by_price):
        cheapest = next(iter(first.values()), offer)
        if offer.gpu == cheapest.gpu:
            first.setdefault(offer.region, offer)
    return list(first.values())
