"""A step tells its beginning, what it waits for, and its end, whichever that is."""

from __future__ import annotations

import pytest

from cloudgpu.errors import MachineError
from cloudgpu.events import Event, StepDone, StepFailed, StepProgress, StepStarted, step


def test_a_step_that_succeeds() -> None:
    seen: list[Event] = []
    with step(seen.append, "connect by SSH") as say:
        say("port 22")
    started, progress, done = seen
    assert started == StepStarted("connect by SSH")
    assert progress == StepProgress("connect by SSH", "port 22")
    assert isinstance(done, StepDone)
    assert done.step == "connect by SSH"
    assert 0 <= done.seconds < 5


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MachineError("Nobody answers.", remedy="-"), "Nobody answers."),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_a_step_that_fails_tells_why_and_hides_nothing(error: BaseException, why: str) -> None:
    seen: list[Event] = []
    with pytest.raises(type(error)) as caught, step(seen.append, "connect by SSH"):
        raise error
    assert caught.value is error
    failed = seen[-1]
    assert isinstance(failed, StepFailed)
    assert (failed.step, failed.why) == ("connect by SSH", why)


def test_steps_may_stand_in_one_another() -> None:
    seen: list[Event] = []
    with step(seen.append, "outer"), step(seen.append, "inner"):
        pass
    assert [(type(event), getattr(event, "step", "")) for event in seen] == [
        (StepStarted, "outer"),
        (StepStarted, "inner"),
        (StepDone, "inner"),
        (StepDone, "outer"),
    ]
