"""Waiting has one home. `until` waits for a condition; it is the only user of tenacity."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cloudgpu.errors import CloudgpuError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")


def until(
    probe: Callable[[], T | None],
    *,
    within: float,
    otherwise: Callable[[], CloudgpuError],
    every: float = 0.2,
    at_most: float = 3.0,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Ask `probe` until it gives something that is true, and return that. Whatever it raises ends the waiting.

    `within`, `every`, `at_most` are seconds: the whole, the first pause and the longest pause (pauses grow by half).
    When time is up, the error made by `otherwise` is raised.
    """
    from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential  # late: it brings in asyncio

    def give_up(_: RetryCallState) -> T:
        raise otherwise()

    patient = Retrying(
        stop=stop_after_delay(within),
        wait=wait_exponential(multiplier=every, exp_base=1.5, min=every, max=at_most),
        retry=retry_if_result(lambda answer: not answer),
        retry_error_callback=give_up,
        sleep=sleep,
    )
    answer = patient(probe)
    assert answer is not None  # noqa: S101 - retry_if_result let only true answers through
    return answer
