"""What happens, told while it happens. Workflows emit; `ui` shows; nobody between prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepStarted:
    step: str


@dataclass(frozen=True, slots=True)
class StepProgress:
    """What the step is waiting for just now, one line."""

    step: str
    waiting_for: str


@dataclass(frozen=True, slots=True)
class StepDone:
    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepFailed:
    step: str
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """Worth knowing, no step of its own. `warning`: the person may want to act on it."""

    text: str
    warning: bool = False


Event = StepStarted | StepProgress | StepDone | StepFailed | Note
Emit = Callable[[Event], None]
Say = Callable[[str], None]


@contextmanager
def step(emit: Emit, name: str) -> Iterator[Say]:
    """Tell that `name` began and how it ended; the value tells what is being waited for: `say("port 22")`."""
    began = time.monotonic()
    emit(StepStarted(name))
    try:
        yield lambda waiting_for: emit(StepProgress(name, waiting_for))
    except BaseException as error:
        emit(StepFailed(name, time.monotonic() - began, str(error) or type(error).__name__))
        raise
    emit(StepDone(name, time.monotonic() - began))
