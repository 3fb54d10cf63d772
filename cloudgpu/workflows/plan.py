"""plan: what a launch would do. Spends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from cloudgpu.errors import CapacityError, NetworkError, QuotaError, UsageError
from cloudgpu.events import Note, step
from cloudgpu.model import Container, GpuRequest, Limits, Network, Offer, Plan, Quota
from cloudgpu.protocols import HasNetworks
from cloudgpu.rules import choose, cost
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.instead import instead

_SHORTEST = timedelta(minutes=10)  # below this, a machine would be gone before its notebook answers
_Told = dict[tuple[str, str, bool], Sequence[Quota]]


def plan(
    name: str,
    launch_id: str,
    request: GpuRequest,
    container: Container,
    deps: Deps,
    *,
    limits: Limits | None = None,
    disk_gb: int = 100,
    network: Network | None = None,
    wait_for_capacity: timedelta | None = None,
    plain: bool = False,
    agree: Callable[[str], bool] = lambda question: False,
) -> Plan:
    """Verify the account, find offers, drop what is too dear and what the quotas do not allow, put last what was out
    of stock a moment ago, and see that there is a network; a missing one is made if `agree` says yes.

    CapacityError where nothing fits the request, QuotaError where no offer is allowed, AuthError without credentials,
    NetworkError without a network, UsageError for a budget that pays for no afternoon and for a part of a GPU.
    """
    limits = limits or Limits()
    with step(deps.emit, "check the account"):
        account = deps.provider.verify()
    with step(deps.emit, "find offers"):
        offers = _within_budget(_affordable(request, deps), limits)
    with step(deps.emit, "check quotas"):
        allowed, quotas, short = _allowed(offers, deps)
    now = deps.now()
    known = deps.store.refusals(deps.origin, now - choose.PERMANENT)
    ordered, never = choose.remembering(allowed, known, now)
    return Plan(
        name, launch_id, deps.origin, account, request, container, tuple(ordered), tuple(quotas), limits, disk_gb,
        skipped={**short, **never}, network=_network(network or Network(), ordered[0], deps, agree),
        wait_for_capacity=wait_for_capacity, plain=plain,
    )  # fmt: skip


def _affordable(request: GpuRequest, deps: Deps) -> list[Offer]:
    fitting = choose.affordable(deps.provider.offers(request), request.max_hourly)
    if fitting:
        return _whole(fitting)
    wanted = request.instance_type or (f"{request.gpu.count} x {request.gpu.type}" if request.gpu else "a GPU")
    where = ", ".join((*request.zones, *request.regions)) or "any region"
    spot = " as spot" if request.spot else ""
    limit = f" at {request.max_hourly} USD per hour" if request.max_hourly is not None else ""
    hint, option = instead(request, deps.provider)
    raise CapacityError(
        f"{deps.provider.name} offers no {wanted} in {where}{spot}{limit}. {hint}".rstrip(),
        remedy=f"cloudgpu launch {option}" if option else "cloudgpu offers  # what there is",
    )


def _whole(offers: list[Offer]) -> list[Offer]:
    """Only one who names such a machine is offered it. A divided GPU is not seen by the drivers of any image here."""
    first = offers[0]
    if first.share < 1:
        raise UsageError(
            f"{first.instance_type} has {first.share:g} of a GPU, and that works with NVIDIA's licensed GRID driver "
            "only, which the machine images here do not have. Nothing was bought.",
            remedy=f"Take a whole one: cloudgpu launch --gpu {first.gpu.type}",
        )
    return offers


def _within_budget(offers: list[Offer], limits: Limits) -> list[Offer]:
    if limits.budget is None:
        return offers
    lasting = [one for one in offers if one.hourly and (cost.lifetime(limits, one) or _SHORTEST) >= _SHORTEST]
    if not lasting:
        raise UsageError(
            f"{limits.budget} USD pays for less than ten minutes of {offers[0].instance_type}, which costs "
            f"{'an unknown price' if offers[0].hourly is None else f'{offers[0].hourly} USD per hour'}.",
            remedy="Give it a larger --budget, or take a cheaper GPU: cloudgpu offers",
        )
    return lasting


def _allowed(offers: Sequence[Offer], deps: Deps) -> tuple[list[Offer], list[Quota], Mapping[str, str]]:
    """The offers that no quota forbids, the limits that the first of them draws on, and why a region is left out."""
    told: _Told = {}
    for offer in offers:
        if _key(offer) not in told:
            told[_key(offer)] = deps.provider.quotas(offer)
    allowed = [one for one in offers if not choose.short_of(told[_key(one)])]
    if not allowed:
        raise _short(offers[0], choose.short_of(told[_key(offers[0])])[0])
    rest = {one.region for one in allowed}
    refused = {
        one.region: _words(choose.short_of(told[_key(one)])[0]) for one in reversed(offers) if one.region not in rest
    }
    if refused:
        deps.emit(Note(f"{len(refused)} region(s) left out: their quota does not allow it."))
    return allowed, list(told[_key(allowed[0])]), refused


def _key(offer: Offer) -> tuple[str, str, bool]:
    return offer.region, offer.instance_type, offer.spot or offer.flex_start


def _words(short: Quota) -> str:
    return f"quota {short.name} ({short.scope}) is {short.limit:g}, {short.used or 0:g} of it in use"


def _short(offer: Offer, short: Quota) -> QuotaError:
    return QuotaError(
        f"Q{_words(short)[1:]}; {offer.instance_type} needs {short.needed:g}.", remedy=short.remedy, code=short.name
    )


def _network(wanted: Network, offer: Offer, deps: Deps, agree: Callable[[str], bool]) -> Network:
    provider = deps.provider
    if not isinstance(provider, HasNetworks):
        return wanted
    try:
        with step(deps.emit, "check the network"):
            return provider.network(wanted, offer)
    except NetworkError as missing:
        if wanted.name or wanted.subnet or not agree(f"{missing.brief} Make one? It costs nothing."):
            raise
    with step(deps.emit, "make a network"):
        return provider.make_network(offer)
