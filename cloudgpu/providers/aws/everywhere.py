"""The same question in every region that the account has enabled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from cloudgpu.errors import PermissionError_
from cloudgpu.providers.aws.session import Account

T = TypeVar("T")
_AT_ONCE = 40
# Enabled in every account, and not to be disabled: these are asked while AWS is still telling which others there are.
ALWAYS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
)


def everywhere(account: Account, ask: Callable[[str], list[T]]) -> list[T]:
    """All answers, in the order of the regions' names; all regions are asked side by side. A region that an
    organization's policy closes is passed over: nothing of ours can be there. PermissionError_ if that is every one.
    """
    for region in ALWAYS:
        account.ec2(region)  # here, because making clients takes turns

    def guarded(region: str) -> list[T] | PermissionError_:
        try:
            return ask(region)
        except PermissionError_ as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        enabled = pool.submit(account.regions)
        begun: dict[str, Future[list[T] | PermissionError_]] = {one: pool.submit(guarded, one) for one in ALWAYS}
        begun |= {one: pool.submit(guarded, one) for one in enabled.result() if one not in begun}
        answers = [begun[region].result() for region in enabled.result()]
    found = [answer for answer in answers if not isinstance(answer, PermissionError_)]
    closed = [answer for answer in answers if isinstance(answer, PermissionError_)]
    if closed and not found:
        raise closed[0]
    return [one for answer in found for one in answer]
