"""Events on a terminal: the step that runs, for how long, and what it waits for."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TextIO

from rich.console import Console, ConsoleDimensions
from rich.live import Live as Region
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cloudgpu.events import Event, Note, StepDone, StepFailed, StepProgress, StepStarted
from cloudgpu.rules.duration import short
from cloudgpu.ui.text import let_go, one_line


class _Running:
    """The last line of the screen; its clock goes on between events. Cut, never wrapped, in a narrow terminal."""

    def __init__(self, step: str, spinner: Spinner) -> None:
        self.step, self.waiting_for = step, ""
        self._spinner, self._began = spinner, time.monotonic()

    def __rich__(self) -> Table:
        line = Table.grid(padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        waiting = Text(f"waiting for {self.waiting_for}" if self.waiting_for else "", style="dim")
        seconds = int(time.monotonic() - self._began)
        elapsed = short(seconds) if seconds >= 60 else f"{seconds}s"
        line.add_row(self._spinner, Text(f"{self.step} {elapsed}", overflow="ellipsis"), waiting)
        return line


class Live:
    """Finished steps stay as lines; the running one is redrawn below them and is gone when it ends."""

    def __init__(self, stream: TextIO, *, color: bool = True) -> None:
        self._stream = stream
        self._console = Console(
            file=stream,
            force_terminal=True,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._stream = stream
        utf = "utf" in (getattr(stream, "encoding", None) or "").lower()
        self._spinner = "dots" if utf else "line"
        self._marks = ("✓", "✗") if utf else ("ok", "failed")
        self._stack: list[_Running] = []
        self._region: Region | None = None

    def __call__(self, event: Event) -> None:
        """A closed terminal must not stop a launch, still less the undo of one."""
        try:
            self._show(event)
        except OSError:
            let_go(self._stream)

    def _show(self, event: Event) -> None:
        self._measure()
        if isinstance(event, StepStarted):
            self._stack.append(_Running(one_line(event.step), Spinner(self._spinner)))
        elif isinstance(event, StepProgress):
            if self._stack:
                self._stack[-1].waiting_for = one_line(event.waiting_for)
        elif isinstance(event, StepDone):
            self._ended(
                Text.assemble((self._marks[0], "green"), f" {one_line(event.step)} ", (short(event.seconds), "dim"))
            )
        elif isinstance(event, StepFailed):
            self._ended(
                Text.assemble((self._marks[1], "red"), f" {one_line(event.step)} ", (short(event.seconds), "dim"))
            )
        else:
            self._note(event)
        self._redraw()

    def close(self) -> None:
        """Leave the terminal as it was, with a cursor."""
        self._stack.clear()
        self._redraw()

    def _measure(self) -> None:
        """Follow the stream's own size: rich asks standard input first, which may be another terminal."""
        with suppress(OSError, ValueError):
            columns, lines = os.get_terminal_size(self._stream.fileno())
            if columns and lines:
                self._console.size = ConsoleDimensions(columns, lines)

    def _ended(self, line: Text) -> None:
        if self._stack:
            self._stack.pop()
        self._redraw()
        self._console.print(line, soft_wrap=True)

    def _note(self, note: Note) -> None:
        begin = ("Warning: ", "bold yellow") if note.warning else ("  ", "")
        self._console.print(Text.assemble(begin, one_line(note.text)), soft_wrap=True)

    def _redraw(self) -> None:
        """A region only while a step runs, so that a question or a result in between meets a quiet terminal."""
        if self._stack and self._region is None:
            self._region = Region(console=self._console, transient=True, refresh_per_second=8, redirect_stdout=False,
                                  redirect_stderr=False)  # fmt: skip
            self._region.start()
        if self._stack and self._region is not None:
            self._region.update(self._stack[-1])
        elif self._region is not None:
            self._region.stop()
            self._region = None
