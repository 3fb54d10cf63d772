"""What an account allows, and what became of asking for more."""

from __future__ import annotations

from collections.abc import Sequence

from cloudgpu.model import Gpu, Quota, QuotaAnswer
from cloudgpu.rules import choose
from cloudgpu.ui.documents import Document
from cloudgpu.ui.tables import table
from cloudgpu.ui.text import one_line

_HEAD = ("REGION", "QUOTA", "LIMIT", "USED", "NEEDED", "LEFT", "FITS")
_MOST_WHOLE = 3  # regions that are shown with all of their limits
_UNLIMITED = 2.0**62
_GLOBAL = "global"
Regions = Sequence[tuple[str, Sequence[Quota]]]


def document(
    provider: str, account: str, gpu: Gpu, *, spot: bool, regions: Regions, answers: Sequence[QuotaAnswer]
) -> Document:
    """For `quota --json`; what the cloud did not tell is null."""
    return {
        "provider": provider,
        "account": account,
        "gpu": {"type": gpu.type, "count": gpu.count},
        "spot": spot,
        "regions": [
            {"region": region, "fits": not choose.short_of(limits), "limits": [_limit(one) for one in limits]}
            for region, limits in regions
        ],
        "requests": [
            {
                "name": one.name,
                "scope": one.scope,
                "asked": one.asked,
                "state": one.state,
                "granted": one.granted,
                "detail": one.detail,
            }
            for one in answers
        ],
    }


def screen(provider: str, account: str, gpu: Gpu, *, spot: bool, regions: Regions, width: int | None = None) -> str:
    """The limits by region, and what to type where they do not do. Of many regions only what matters is shown."""
    whole = len(regions) <= _MOST_WHOLE
    everywhere = {one.name: one for _, limits in regions for one in limits if one.scope == _GLOBAL}
    rows = [("everywhere", *_cells(one), _fits([one])) for one in everywhere.values()]
    for region, limits in regions:
        mark, name = _fits(limits), region
        own = [one for one in limits if one.scope != _GLOBAL]
        for one in own if whole else _what_matters(own):
            rows.append((name, *_cells(one), mark))
            name = mark = ""
    kind = " as spot" if spot else ""
    lines = [f"{gpu.count} x {gpu.type}{kind} on {provider} ({account}):", table(_HEAD, rows, width=width)]
    if not whole:
        lines.append("Limits that leave room enough are left out; --region NAME shows all of one region.")
    if not any(not choose.short_of(limits) for _, limits in regions):
        lines += [f"{one.name} ({one.scope}) is too low: {one.remedy}" for one in choose.short_of(regions[0][1])]
    return "\n".join(lines)


def answered(answers: Sequence[QuotaAnswer]) -> str:
    """One line for each request."""
    return "\n".join(_words(one) for one in answers)


def enough(gpus: int, regions: Regions) -> str:
    """What to say where nothing has to be asked for."""
    if any(one.unit for _, limits in regions for one in limits):
        return f"The limits are high enough for {gpus} GPU{'' if gpus == 1 else 's'} already."
    return f"The limits on GPUs are {gpus} or higher already."


def _words(one: QuotaAnswer) -> str:
    now = "" if one.granted is None else f", the limit is {number(one.granted)}"
    later = "; the answer comes by mail, look again with cloudgpu quota" if one.state == "pending" else ""
    said = f" {one_line(one.detail)}" if one.detail else ""
    return f"{one.name} ({one.scope}) to {number(one.asked)}: {one.state}{now}{later}.{said}"


def _limit(one: Quota) -> Document:
    return {
        "name": one.name,
        "scope": one.scope,
        "limit": one.limit,
        "used": one.used,
        "needed": one.needed,
        "left": one.left,
        "remedy": one.remedy,
        "unit": one.unit or None,
    }


def _cells(one: Quota) -> tuple[str, str, str, str, str]:
    left = number(one.left)
    if one.used is None and one.limit:
        left = f"at most {left}"
    return (
        f"{one.name}, {one.unit}" if one.unit else one.name,
        number(one.limit),
        number(one.used),
        number(one.needed),
        left if one.limit is not None else "unknown",
    )


def number(amount: float | None) -> str:
    """`8`, `20480`, `unlimited`, `unknown`."""
    if amount is None:
        return "unknown"
    return "unlimited" if amount >= _UNLIMITED else f"{amount:.12g}"


def _fits(limits: Sequence[Quota]) -> str:
    return "no" if choose.short_of(limits) else "yes"


def _what_matters(limits: Sequence[Quota]) -> list[Quota]:
    short, first = choose.short_of(limits), choose.of_gpus(limits)[:1]
    return [one for one in limits if one in short or one in first]
