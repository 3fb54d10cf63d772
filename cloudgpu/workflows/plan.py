"""plan: what a launch would do. Spends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.errors import CapacityError, QuotaError
from cloudgpu.events import Note, step
from cloudgpu.model import Container, GpuRequest, Limits, Offer, Plan, Quota
from cloudgpu.rules import choose
from cloudgpu.workflows.deps import Deps


def plan(
    name: str,
    launch_id: str,
    request: GpuRequest,
    container: Container,
    deps: Deps,
    *,
    limits: Limits | None = None,
    disk_gb: int = 100,
) -> Plan:
    """Verify the account, find offers, drop what is too dear and what the quotas do not allow.

    CapacityError where nothing fits the request, QuotaError where no offer is allowed, AuthError without credentials.
    """
    with step(deps.emit, "check the account"):
        account = deps.provider.verify()
    with step(deps.emit, "find offers"):
        offers = _affordable(request, deps)
    with step(deps.emit, "check quotas"):
        allowed, quotas = _allowed(offers, deps)
    return Plan(
        name, launch_id, deps.origin, account, request, container, tuple(allowed), tuple(quotas), limits or Limits(),
        disk_gb,
    )  # fmt: skip


def _affordable(request: GpuRequest, deps: Deps) -> list[Offer]:
    offers = deps.provider.offers(request)
    fitting = choose.affordable(offers, request.max_hourly)
    if fitting:
        return fitting
    wanted = request.instance_type or (f"{request.gpu.count} x {request.gpu.type}" if request.gpu else "a GPU")
    where = ", ".join((*request.zones, *request.regions)) or "any region"
    if offers:
        raise CapacityError(
            f"{wanted} costs at least {offers[0].hourly} USD per hour on {deps.provider.name}.",
            remedy=f"cloudgpu launch --max-price {offers[0].hourly}",
        )
    raise CapacityError(
        f"{deps.provider.name} offers no {wanted} in {where}{' as spot' if request.spot else ''}.",
        remedy="Leave out --region and --zone, or choose another GPU: cloudgpu launch --gpu T4",
    )


def _allowed(offers: Sequence[Offer], deps: Deps) -> tuple[list[Offer], list[Quota]]:
    """The offers that no quota forbids, and the limits that the first of them draws on."""
    told: dict[tuple[str, str, bool], Sequence[Quota]] = {}
    for offer in offers:
        key = (offer.region, offer.instance_type, offer.spot)
        if key not in told:
            told[key] = deps.provider.quotas(offer)
    allowed = [one for one in offers if not choose.short_of(told[one.region, one.instance_type, one.spot])]
    if not allowed:
        first = offers[0]
        short = choose.short_of(told[first.region, first.instance_type, first.spot])[0]
        raise QuotaError(
            f"Quota {short.name} ({short.scope}) is {short.limit:g}, {short.used or 0:g} of it in use; "
            f"{first.instance_type} needs {short.needed:g}.",
            remedy=short.remedy,
        )
    refused = len({one.region for one in offers} - {one.region for one in allowed})
    if refused:
        deps.emit(Note(f"{refused} region(s) left out: their quota does not allow it."))
    first = allowed[0]
    return allowed, list(told[first.region, first.instance_type, first.spot])
