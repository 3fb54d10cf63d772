"""Waiting: until something true comes, and no longer than told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from cloudgpu.errors import CapacityError, CloudgpuError, UnreachableError
from cloudgpu.retry import until


def too_late() -> CloudgpuError:
    return UnreachableError("Nobody answers.", remedy="cloudgpu status")


def test_the_first_true_answer_is_returned_at_once() -> None:
    pauses: list[float] = []
    assert until(lambda: "up", within=10, otherwise=too_late, sleep=pauses.append) == "up"
    assert pauses == []


def test_pauses_grow_by_half_up_to_the_longest() -> None:
    answers: Iterator[str | None] = iter([None, "", None, None, None, "up"])
    pauses: list[float] = []
    answer = until(lambda: next(answers), within=60, otherwise=too_late, every=1.0, at_most=3.0, sleep=pauses.append)
    assert answer == "up"
    assert pauses == pytest.approx([1.0, 1.5, 2.25, 3.0, 3.0])


def test_when_time_is_up_the_error_is_made_then_and_raised() -> None:
    made: list[float] = []
    began = time.monotonic()

    def otherwise() -> CloudgpuError:
        made.append(time.monotonic() - began)
        return too_late()

    with pytest.raises(UnreachableError):
        until(lambda: None, within=0.15, otherwise=otherwise, every=0.02)
    assert len(made) == 1
    assert made[0] >= 0.15


def test_it_asks_at_least_once() -> None:
    asked: list[int] = []

    def probe() -> bool:
        asked.append(1)
        return False

    with pytest.raises(UnreachableError):
        until(probe, within=0, otherwise=too_late)
    assert asked == [1]


@pytest.mark.parametrize("error", [CapacityError("gone", remedy="-"), KeyboardInterrupt()])
def test_what_the_probe_raises_ends_the_waiting(error: BaseException) -> None:
    def probe() -> bool:
        raise error

    with pytest.raises(type(error)) as caught:
        until(probe, within=60, otherwise=too_late)
    assert caught.value is error


def test_an_interrupt_during_a_pause_ends_the_waiting() -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        until(lambda: None, within=60, otherwise=too_late, sleep=interrupted)
