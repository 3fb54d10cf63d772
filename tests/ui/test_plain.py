"""Plain lines: one for each finished step, at once, and patient ones in between."""

from __future__ import annotations

import io

from cloudgpu.events import Emit, Note, StepDone, StepFailed, StepProgress, StepStarted
from cloudgpu.ui.plain import Plain
from tests.ui.conftest import Golden


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Flushed(io.StringIO):
    """Shows what has been flushed only."""

    seen = ""

    def flush(self) -> None:
        self.seen = self.getvalue()


def launch(emit: Emit, clock: Clock) -> None:
    emit(StepStarted("check quotas"))
    emit(StepDone("check quotas", 0.4))
    emit(StepStarted("create instance"))
    emit(StepProgress("create instance", "n1-standard-4 in us-central1-f"))
    emit(Note("us-central1-f: out of stock."))
    for _ in range(25):
        clock.now += 1
        emit(StepProgress("create instance", "n1-standard-4\n in us-central1-a"))
    emit(StepDone("create instance", 25.0))
    emit(Note("It may still cost money.", warning=True))
    emit(StepStarted("connect by SSH"))
    emit(StepFailed("connect by SSH", 301.0, "Nobody answers\non port 22."))


def screen(*, quiet: bool = False, verbose: bool = False) -> str:
    stream, clock = Flushed(), Clock()
    launch(Plain(stream, quiet=quiet, verbose=verbose, clock=clock), clock)
    assert stream.seen == stream.getvalue()
    return stream.getvalue().rstrip("\n")


def test_a_launch(golden: Golden) -> None:
    golden("plain", screen())


def test_verbose_tells_every_change(golden: Golden) -> None:
    golden("plain-verbose", screen(verbose=True))


def test_quiet_still_warns() -> None:
    assert screen(quiet=True) == "Warning: It may still cost money."
