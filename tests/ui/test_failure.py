"""An error is three lines; a traceback only on request."""

from __future__ import annotations

import pytest

from cloudgpu.errors import CapacityError, CloudgpuError, UsageError
from cloudgpu.ui import failure
from tests.ui.conftest import Golden


def raised(error: BaseException) -> BaseException:
    try:
        try:
            raise KeyError("below")
        except KeyError as cause:
            raise error from cause
    except BaseException as caught:  # noqa: BLE001 - it is handed on
        return caught


CAPACITY = CapacityError(
    "us-central1-a is out of stock.",
    remedy="cloudgpu launch --zone us-central1-b",
    code="ZONE_RESOURCE_POOL_EXHAUSTED",
    details="The zone does not have enough resources available to fulfill the request.\n\nTry another zone.",
)


def test_what_happened_the_clouds_words_and_what_to_type(golden: Golden) -> None:
    golden("failure", failure.render(raised(CAPACITY), verbose=False))


def test_without_words_there_are_two_lines() -> None:
    screen = failure.render(UsageError("No such GPU.", remedy="cloudgpu launch --gpu T4"), verbose=False)
    assert screen == "Error: No such GPU.\nNext: cloudgpu launch --gpu T4"


def test_a_code_alone_and_details_that_say_the_same() -> None:
    error = CloudgpuError("It broke.", remedy="Mend it.", code="X1", details="It broke.")
    assert failure.render(error, verbose=False) == "Error: It broke.\n  X1\nNext: Mend it."


def test_verbose_adds_the_traceback_with_its_cause() -> None:
    assert "Traceback" not in failure.render(raised(CAPACITY), verbose=False)
    screen = failure.render(raised(CAPACITY), verbose=True)
    assert "Traceback" in screen
    assert "KeyError: 'below'" in screen


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError(), OSError(28, "No space left on device")])
def test_anything_else_has_a_next_line_too(error: Exception) -> None:
    first, last = failure.render(raised(error), verbose=False).splitlines()
    assert first.startswith(f"Error: {type(error).__name__}")
    assert last.startswith("Next: ")
    assert "--verbose" in last


def test_of_long_details_the_end_is_shown() -> None:
    error = CloudgpuError(
        "The build failed.", remedy="cloudgpu logs", details="\n".join(f"line {n}" for n in range(50))
    )
    screen = failure.render(error, verbose=False).splitlines()
    assert screen[1] == "  (10 lines before this: --verbose)"
    assert screen[-2:] == ["  line 49", "Next: cloudgpu logs"]
    assert "  line 0" in failure.render(error, verbose=True).splitlines()


def test_what_a_cloud_wrote_does_not_steer_the_terminal() -> None:
    error = CloudgpuError("a\x1b[31mb\nc", remedy="d\x1b]0;title\x07", details="\x1b[2Je\x07")
    assert failure.render(error, verbose=False) == "Error: ab c\n  e\nNext: d"
