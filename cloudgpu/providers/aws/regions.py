"""The same question in many regions at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cloudgpu.errors import PermissionError_
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.session import Account

T = TypeVar("T")
_AT_ONCE = 8


def over(account: Account, regions: Sequence[str], ask: Callable[[str], list[T]]) -> list[T]:
    """All answers, in the order of the regions. A region that an organization's policy closes is passed over: nothing
    of ours can be there. PermissionError_ if that is every one."""
    for region in regions:
        account.ec2(region)

    def guarded(region: str) -> list[T] | PermissionError_:
        try:
            return ask(region)
        except PermissionError_ as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(guarded, regions))
    found = [answer for answer in answers if not isinstance(answer, PermissionError_)]
    closed = [answer for answer in answers if isinstance(answer, PermissionError_)]
    if closed and not found:
        raise closed[0]
    return [one for answer in found for one in answer]


def zones(account: Account, region: str) -> dict[str, str]:
    """The zones that the account has in the region, name to id. Local zones are none."""
    with aws_errors(region):
        told = account.ec2(region).describe_availability_zones()["AvailabilityZones"]
    return {one["ZoneName"]: one.get("ZoneId", "") for one in told if region_of(one["ZoneName"]) == region}


def region_of(zone: str) -> str:
    """`eu-west-1` of `eu-west-1b`; the word itself where it does not look like a zone."""
    found = re.fullmatch(r"([a-z]+(?:-[a-z]+)+-\d+)[a-z]", zone)
    return found[1] if found else zone
