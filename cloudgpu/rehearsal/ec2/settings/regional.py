"""What differs from region to region, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudgpu.rehearsal import reading

_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-\d")
REGION_STATES = ("opted-in", "not-opted-in", "pending-verification")
ByRegion = Mapping[str, bool]
EVERYWHERE = ""


def region(name: str) -> str:
    if not _REGION.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a region")
    return name


def regions(now: Mapping[str, str], value: object) -> Mapping[str, str]:
    """`{region: state | null}`; what is not named stays, null is as AWS has it for a new account."""
    wanted = reading.mapping("regions", value)
    changed = {
        region(name): state if state is None else reading.text(f"regions.{name}", state, REGION_STATES)
        for name, state in wanted.items()
    }
    return {name: state for name, state in {**now, **changed}.items() if state is not None}


def default_vpc(now: ByRegion, value: object) -> ByRegion:
    """True or false for every region, or `{region: true | false}`, where what is not named stays."""
    if isinstance(value, Mapping):
        return {**now, **{region(name): reading.flag(f"default_vpc.{name}", one) for name, one in value.items()}}
    return {EVERYWHERE: reading.flag("default_vpc", value)}
