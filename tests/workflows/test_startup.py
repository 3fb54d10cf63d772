"""The startup script, seen from the launch: its stages, its failure, a reboot in the middle of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cloudgpu.errors import MachineError, UnreachableError
from cloudgpu.events import StepProgress
from cloudgpu.model import CommandResult, SshTarget, StepTime
from cloudgpu.protocols import Remote
from cloudgpu.rules.startup_log import LAST_LINES, PROBE
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.scripted import Answer
from cloudgpu.workflows.launch import launch
from cloudgpu.workflows.start import start
from cloudgpu.workflows.stop import stop
from tests.workflows.bench import Bench, healthy

DONE = "done\n0\ncloudgpu startup: done\n\nlifetime 1 0.1 done\ndocker 2 46.2 done\n"
FAILURE = "failed docker 17\n3\nE: Failed to fetch\n\ndocker 17 100\nGet:1 x\nE: Failed to fetch x  503\n"
ON_CONSOLE = "boot\ncloudgpu startup: failed docker 17\ncloudgpu startup| docker 17 100\ncloudgpu startup| E: broken\n"


def in_turn(*answers: str | Exception) -> Answer:
    """Each once, the last for ever."""
    left = list(answers)

    def answer(argv: Sequence[str], stdin: bytes) -> CommandResult:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return CommandResult(0, one, "")

    return answer


class Talking(MemoryCloud):
    said = ON_CONSOLE

    def console(self, ref: object) -> str:
        self._called("console")
        return self.said


def refuse(target: SshTarget) -> Remote:
    raise UnreachableError("Connection refused.", remedy="wait", code="ECONNREFUSED")


def told(bench: Bench, step: str) -> list[str]:
    return [event.waiting_for for event in bench.events if isinstance(event, StepProgress) and event.step == step]


def test_the_stage_and_its_newest_line_are_told_and_its_times_are_kept(bench: Bench) -> None:
    running = "running docker\n240\nUnpacking docker-ce\n\n"
    bench.remote = healthy((PROBE, in_turn("running quiet\n0\n\n", running, DONE)))
    record = launch(bench.plan(), bench.deps)
    assert told(bench, "startup script")[:2] == [
        "quiet",
        "docker (usually takes 20-60 seconds; 4 min so far): Unpacking docker-ce",
    ]
    assert record.startup == (StepTime("lifetime", 0.1), StepTime("docker", 46.2))
    assert bench.store.load("quiet-otter") == record
    assert "On the machine: docker 46.2s." in bench.notes()


def test_a_failure_ends_the_launch_with_the_log_and_a_remedy(bench: Bench) -> None:
    bench.remote = healthy((PROBE, CommandResult(0, FAILURE, "")))
    with pytest.raises(MachineError, match="failed in its stage docker at line 17") as caught:
        launch(bench.plan(), bench.deps)
    assert caught.value.exit_code == 7
    assert caught.value.details == "Get:1 x\nE: Failed to fetch x  503"
    assert "package server" in caught.value.remedy
    assert bench.cloud.billing == []


@pytest.mark.parametrize("keys", [(), None])
def test_a_failure_on_the_console_ends_it_before_ssh_is_up(bench: Bench, keys: tuple[str, ...] | None) -> None:
    bench.cloud = Talking(pending_finds=0)
    if keys is not None:
        bench.cloud.keys = keys
    with pytest.raises(MachineError, match="failed in its stage docker") as caught:
        launch(bench.plan(), replace(bench.deps, connect=refuse))
    assert caught.value.details == "E: broken"
    assert bench.cloud.billing == []


def test_a_failure_whose_log_is_still_on_its_way(bench: Bench) -> None:
    bench.cloud = Talking(pending_finds=0)
    bench.cloud.said = "cloudgpu startup: failed docker 17\n"
    with pytest.raises(MachineError, match="failed in its stage docker at line 17"):
        launch(bench.plan(), replace(bench.deps, connect=refuse))


def test_what_the_console_says_of_an_earlier_boot_does_not_stop_a_start(bench: Bench) -> None:
    bench.cloud = Talking()
    bench.cloud.said = ""
    off = stop(launch(bench.plan(), bench.deps), bench.deps)
    bench.cloud.said = ON_CONSOLE
    assert start(off, bench.deps).ready


def test_a_reboot_in_the_middle_of_it_is_sat_out(bench: Bench) -> None:
    gone = UnreachableError("The connection was lost.", remedy="wait", code="Connection closed")
    bench.remote = healthy((PROBE, in_turn("running driver\n9\n\n", gone, "running driver\n1\n\n", DONE)))
    record = launch(bench.plan(), bench.deps)
    assert record.ready
    assert len(bench.targets) == 2
    assert "the machine to come back: Connection closed" in told(bench, "startup script")


def test_a_stage_that_does_not_get_on_is_given_up_with_its_log(bench: Bench) -> None:
    stuck = CommandResult(0, "running user\n61\nwaiting\n\n", "")
    bench.remote = healthy((PROBE, stuck), (LAST_LINES, CommandResult(0, "a\nwaiting\n", "")))
    with pytest.raises(MachineError, match=r"does not get on: stage user took more than 60 s") as caught:
        launch(bench.plan(), bench.deps)
    assert caught.value.details == "a\nwaiting"
    assert bench.remote.closed
