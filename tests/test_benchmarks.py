"""The benchmarks run, and the command line answers as soon as it should."""

from __future__ import annotations

from benchmarks import start
from benchmarks.measure import Ratio, alternating


def test_help_and_ps_answer_soon() -> None:
    for one in start.measure(runs=7):
        assert one.ratio <= one.limit, f"{one.what} takes {one.ratio:.2f} times {one.base}"


def test_medians_are_taken_in_turns() -> None:
    order: list[str] = []
    alternating(2, lambda: order.append("a"), lambda: order.append("b"))
    assert order == ["a", "b", "a", "b"]
    assert Ratio("this", "that", seconds=3.0, base_seconds=2.0, limit=2.0, runs=1).ratio == 1.5
