"""The live display on a real pseudo-terminal, read back byte by byte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from cloudgpu.errors import CloudgpuError
from cloudgpu.events import Emit, Note, StepDone, StepProgress, step
from cloudgpu.retry import until
from cloudgpu.ui.choose import emitter
from cloudgpu.ui.plain import Plain
from tests.ui.conftest import Golden

ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal:
    """What was written to it so far."""

    def __init__(self, columns: int, encoding: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.stream: TextIO = os.fdopen(slave, "w", encoding=encoding)
        self.raw = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                got = os.read(self._master, 65536)
            except OSError:  # the other end was closed
                return
            self.raw += got.decode("utf-8", "replace")

    def close(self) -> None:
        self.stream.close()
        self._reader.join(5)
        os.close(self._master)

    @property
    def kept(self) -> list[str]:
        """What stands on the screen in the end."""
        lines, row = [""], 0
        for part in re.split(r"(\x1b\[[0-?]*[ -/]*[@-~]|\r|\n)", self.raw):
            if part == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif part.endswith("A") and part.startswith("\x1b["):
                row -= int(part[2:-1] or 1)
            elif part == "\x1b[2K":
                lines[row] = ""
            elif part != "\r" and not part.startswith("\x1b"):
                lines[row] += part
        return [line.rstrip() for line in lines if line.strip()]

    def shows(self, text: str) -> bool:
        return text in ESCAPE.sub("", self.raw)

    def wait_for(self, text: str) -> None:
        until(
            lambda: self.shows(text),
            within=10,
            otherwise=lambda: CloudgpuError(f"no {text!r} in {self.raw!r}", remedy="-"),
            every=0.02,
        )


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    opened: list[Terminal] = []

    def open_one(columns: int = 80, encoding: str = "utf-8") -> Terminal:
        opened.append(Terminal(columns, encoding))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def launch(emit: Emit, screen: Terminal) -> None:
    with step(emit, "check quotas"):
        screen.wait_for("check quotas 0s")
    with step(emit, "create instance") as say:
        say("n1-standard-4 in us-central1-a")
        screen.wait_for("waiting for n1")
        emit(Note("us-central1-f: out of stock."))
    emit(Note("It costs money.", warning=True))


@contextmanager
def live(screen: Terminal, *, color: bool = True) -> Iterator[Emit]:
    with emitter(stream=screen.stream, color=color) as emit:
        yield emit
    screen.stream.flush()


def timeless(lines: list[str]) -> str:
    return "\n".join(re.sub(r"\d+\.\ds", "0.0s", line) for line in lines)


def test_finished_steps_stay_and_running_ones_are_redrawn(terminal: Callable[..., Terminal], golden: Golden) -> None:
    screen = terminal()
    with live(screen) as emit:
        launch(emit, screen)
    screen.wait_for("It costs money.")
    golden("live", timeless(screen.kept))
    assert "\x1b[32m" in screen.raw
    assert screen.raw.rindex("\x1b[?25h") > screen.raw.rindex("\x1b[?25l")


def test_without_colour_there_is_none(terminal: Callable[..., Terminal]) -> None:
    screen = terminal()
    with live(screen, color=False) as emit:
        launch(emit, screen)
    screen.wait_for("It costs money.")
    assert not re.search(r"\x1b\[(?:\d+;)*[349]\d", screen.raw)


def test_a_narrow_terminal_gets_one_line(terminal: Callable[..., Terminal]) -> None:
    screen = terminal(columns=32)
    with live(screen) as emit, step(emit, "create instance") as say:
        say("n1-standard-4-with-a-long-name in us-central1-a")
        screen.wait_for("…")
    screen.wait_for("✓")
    redrawn = [ESCAPE.sub("", part) for part in re.split(r"\x1b\[2K|[\r\n]", screen.raw)]
    assert max(len(part) for part in redrawn) <= 32


def test_a_terminal_without_unicode_gets_words(terminal: Callable[..., Terminal]) -> None:
    screen = terminal(encoding="ascii")
    with live(screen) as emit, pytest.raises(ZeroDivisionError):
        with step(emit, "check quotas"):
            screen.wait_for("check quotas")
        with step(emit, "create instance"):
            raise ZeroDivisionError
    screen.wait_for("failed create instance")
    assert screen.shows("ok check quotas")


def test_an_interrupt_leaves_a_cursor(terminal: Callable[..., Terminal]) -> None:
    screen = terminal()
    with pytest.raises(KeyboardInterrupt), live(screen) as emit:
        emit(StepProgress("never begun", "x"))
        emit(StepDone("never begun", 1.0))
        with step(emit, "create instance"):
            screen.wait_for("create instance")
            raise KeyboardInterrupt
    screen.wait_for("✗ create instance")
    assert screen.raw.rindex("\x1b[?25h") > screen.raw.rindex("\x1b[?25l")


@pytest.mark.parametrize("flag", ["json", "quiet", "verbose"])
def test_these_flags_want_plain_lines_even_there(terminal: Callable[..., Terminal], flag: str) -> None:
    with emitter(stream=terminal().stream, **{flag: True}) as emit:
        assert isinstance(emit, Plain)


def test_a_dumb_terminal_and_a_pipe_get_plain_lines(
    terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe, emitter(stream=pipe) as emit:
        assert isinstance(emit, Plain)
    os.close(reading)
    monkeypatch.setenv("TERM", "dumb")
    with emitter(stream=terminal().stream) as emit:
        assert isinstance(emit, Plain)
