"""Events as plain lines: for pipes, logs, CI, and everyone who asked for no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from cloudgpu.events import Event, Note, StepDone, StepFailed, StepProgress, StepStarted
from cloudgpu.rules.duration import short
from cloudgpu.ui.text import let_go, one_line

PATIENCE = 10.0


class Plain:
    """One line for each finished step, flushed at once. While a step takes long, what it waits for is told every
    `PATIENCE` seconds at most; `verbose` tells it whenever it changes; `quiet` shows warnings only."""

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._quiet, self._verbose, self._clock = stream, quiet, verbose, clock
        self._began: dict[str, float] = {}
        self._told_at: dict[str, float] = {}
        self._told = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Note) and event.warning:
            self._line(f"Warning: {one_line(event.text)}")
        elif not self._quiet:
            self._show(event)

    def _show(self, event: Event) -> None:
        if isinstance(event, StepStarted):
            self._began[event.step] = self._told_at[event.step] = self._clock()
            self._told = ""
        elif isinstance(event, StepProgress):
            self._progress(event.step, one_line(event.waiting_for))
        elif isinstance(event, StepDone):
            self._line(f"{event.step} ... {short(event.seconds)}")
        elif isinstance(event, StepFailed):
            self._line(f"{event.step} ... failed after {short(event.seconds)}: {one_line(event.why)}")
        else:
            self._line(one_line(event.text))

    def _progress(self, step: str, waiting_for: str) -> None:
        now = self._clock()
        long_ago = now - self._told_at.setdefault(step, now) >= PATIENCE
        if long_ago or (self._verbose and waiting_for != self._told):
            self._told_at[step], self._told = now, waiting_for
            self._line(f"{step}: waiting for {waiting_for} ({short(now - self._began.setdefault(step, now))})")

    def _line(self, text: str) -> None:
        """A closed pipe or terminal must not stop a launch, still less the undo of one."""
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except OSError:
            let_go(self._stream)
