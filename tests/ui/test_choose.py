"""The display that fits; and one whose watcher has gone."""

from __future__ import annotations

import io
import os

import pytest

from cloudgpu.events import Note, StepStarted, step
from cloudgpu.ui.choose import emitter


def test_a_broken_pipe_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", buffering=1) as stream:
        with emitter(stream=stream) as emit:
            with step(emit, "create instance"):
                emit(Note("nobody reads this", warning=True))
            done = True
        assert done


@pytest.mark.parametrize("json", [True, False])
def test_a_pipe_gets_plain_lines(json: bool) -> None:
    stream = io.StringIO()
    with emitter(stream=stream, json=json) as emit:
        emit(StepStarted("create instance"))
        with step(emit, "check the account"):
            pass
    assert stream.getvalue() == "check the account ... 0.0s\n"
