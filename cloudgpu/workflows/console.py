"""What a machine writes to its console, while there is no other way to it yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from cloudgpu.errors import CloudgpuError, MachineError
from cloudgpu.model import InstanceRef
from cloudgpu.protocols import HasConsole, Provider
from cloudgpu.rules import readiness, startup_log

_EVERY = 3.0  # seconds: the text is large, and clouds count how often it is asked for
_LINES = 20


class Tail:
    """The console's end, asked for now and then. A console that cannot be read is an empty one: it is a help only."""

    def __init__(self, provider: Provider, ref: InstanceRef, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider, self._ref, self._clock = provider, ref, clock
        self._asked: float | None = None
        self._lines: list[str] = []
        self._stage, self._since = "", 0.0

    def newest(self) -> str:
        """What the startup script told last, else its newest line; empty where there is none."""
        seen = self.startup()
        if seen is not None:
            return startup_log.told(seen)
        return self._lines[-1] if self._lines else ""

    def startup(self) -> startup_log.Startup | None:
        """What the startup script told last; `seconds` count from when it was first seen here."""
        if self._asked is None or self._clock() - self._asked >= _EVERY:
            self._ask()
        seen = startup_log.on_console(self._lines)
        if seen is None:
            return None
        if seen.stage != self._stage:
            self._stage, self._since = seen.stage, self._clock()
        return replace(seen, seconds=self._clock() - self._since)

    def startup_now(self) -> startup_log.Startup | None:
        """The same, asked for now: a line may come before those that belong to it."""
        self._ask()
        return self.startup()

    def last_lines(self) -> str:
        """The last twenty lines, asked for now."""
        self._ask()
        return "\n".join(self._lines[-_LINES:])

    def _ask(self) -> None:
        self._asked = self._clock()
        if isinstance(self._provider, HasConsole):
            try:
                text = self._provider.console(self._ref)
            except CloudgpuError:
                return
            self._lines = [line.rstrip() for line in text.splitlines() if line.strip()]


def silent(name: str, tail: Tail, what: str, why: CloudgpuError | None = None) -> MachineError:
    """For a machine that did not do `what` in time: with the console's end, and the remedy that it suggests."""
    console = tail.last_lines()
    return MachineError(
        f"{name} {what} in time." + (f" {why.brief}" if why else ""),
        remedy=readiness.console_remedy(console)
        or f"Try again, or take another zone: cloudgpu launch {name} --zone ZONE",
        code=why.code if why else "",
        details=console,
    )


def heed(name: str, tail: Tail) -> None:
    """MachineError, at once, where the console says that the startup script failed."""
    seen = tail.startup()
    if seen is not None and seen.word == "failed":
        raise script_failed(name, seen if seen.failure else tail.startup_now() or seen)


def script_failed(name: str, seen: startup_log.Startup) -> MachineError:
    """With the end of its log, and the remedy that this suggests."""
    where = f" at line {seen.line}" if seen.line.strip("0") else ""
    return MachineError(
        f"The startup script of {name} failed in its stage {seen.stage}{where}.",
        remedy=startup_log.remedy(seen, name),
        details=seen.failure,
    )
