"""Running commands side by side, and what came of it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """`seconds` and `base_seconds` are medians of `runs`; `limit` is what the ratio has to stay below;
    `steps` says where the time of the median run went."""

    what: str
    base: str
    seconds: float
    base_seconds: float
    limit: float
    runs: int
    steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.seconds / self.base_seconds


def timed(act: Callable[[], object]) -> float:
    """The seconds that it took by the clock on the wall."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def command(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Callable[[], str]:
    """Runs to the end and gives standard output; what goes wrong ends the benchmark with the command's words."""
    # Compiling every module again at every start is a setting of some workplaces, and no user's.
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> str:
        done = subprocess.run(
            argv, env={**around, **(environ or {})}, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)} ended with status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    return run


def alternating(runs: int, *acts: Callable[[], object]) -> list[float]:
    """The median of each, taken in turns: whatever else the computer does meets all of them alike."""
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(runs):
        for act, seconds in zip(acts, taken, strict=True):
            seconds.append(timed(act))
    return [median(seconds) for seconds in taken]
