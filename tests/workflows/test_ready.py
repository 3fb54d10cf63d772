"""The readiness table: what does not hold is explained, and mended once where that is safe."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cloudgpu.errors import CloudgpuError, ContainerError, MachineError
from cloudgpu.events import Note
from cloudgpu.model import CommandResult
from cloudgpu.rules import readiness, troubles
from cloudgpu.testing.scripted import ScriptedRemote
from cloudgpu.workflows.ready import check_machine, hold, see_gpu
from tests.workflows.bench import OK, Bench

DOCKER = ("sudo", "-n", "docker")
NO_DRIVER = CommandResult(125, "", 'docker: could not select device driver "" with capabilities: [[gpu]]')
TOO_OLD = CommandResult(125, "", "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0")
SEEN = CommandResult(0, "GPU 0: Tesla T4\n", "")


def machine(probe: Sequence[CommandResult], *, mends: Sequence[str] = (), others: str = "") -> ScriptedRemote:
    """Its probe answers in turn, the last for ever; a mend that is not expected ends with 127."""
    answers = list(probe)

    def next_one(argv: Sequence[str], stdin: bytes) -> CommandResult:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    return ScriptedRemote(
        [
            ([*DOCKER, "ps"], CommandResult(0, others, "")),
            ([*DOCKER, "run"], next_one),
            (["nvidia-smi"], next_one),
            (["sudo", "-n", *mends], OK),
        ]
    )


def test_a_docker_that_was_not_restarted_is_restarted_once(bench: Bench) -> None:
    remote = machine([NO_DRIVER, SEEN], mends=["systemctl", "restart", "docker"])
    see_gpu("img:1", remote, bench.deps)
    assert remote.ran.count(list(troubles.RESTART_DOCKER.argv)) == 1
    assert bench.notes() == [troubles.RESTART_DOCKER.told]


def test_what_a_mend_does_not_help_is_told_with_its_words(bench: Bench) -> None:
    remote = machine([NO_DRIVER], mends=["systemctl", "restart", "docker"])
    with pytest.raises(MachineError, match="Container Toolkit is missing") as caught:
        see_gpu("img:1", remote, bench.deps)
    assert caught.value.exit_code == 7
    assert "could not select device driver" in caught.value.details
    assert remote.ran.count(list(troubles.RESTART_DOCKER.argv)) == 1


def test_nothing_is_mended_while_somebodys_container_runs(bench: Bench) -> None:
    remote = machine([NO_DRIVER], mends=["systemctl", "restart", "docker"], others="0123456789ab\n")
    with pytest.raises(MachineError):
        see_gpu("img:1", remote, bench.deps)
    assert list(troubles.RESTART_DOCKER.argv) not in remote.ran
    assert bench.notes() == []


@pytest.mark.parametrize(
    ("seen", "error", "words"),
    [
        (TOO_OLD, ContainerError, "newer than the machine's driver"),
        (CommandResult(1, "", "exec format error"), ContainerError, "did not start"),
        (CommandResult(1, "", "ECC error"), MachineError, "memory has errors"),
    ],
)
def test_whether_another_image_helps_or_another_machine(
    bench: Bench, seen: CommandResult, error: type[CloudgpuError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        see_gpu("img:1", machine([seen]), bench.deps)
    assert caught.value.remedy


def test_a_driver_that_is_not_loaded_is_loaded(bench: Bench) -> None:
    silent = CommandResult(9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "")
    remote = machine([silent, SEEN], mends=["modprobe", "nvidia"])
    hold(readiness.CHECKS[0], remote, bench.deps)
    assert ["sudo", "-n", "modprobe", "nvidia"] in remote.ran


def test_what_is_not_needed_is_a_warning(bench: Bench) -> None:
    little = CommandResult(1, "3 GB are free in /var/lib/docker\n", "")
    hold(readiness.room("img:1"), ScriptedRemote([(["sh"], little)]), bench.deps)
    (note,) = [event for event in bench.events if isinstance(event, Note)]
    assert note.warning
    assert "3 GB are free" in note.text
    assert "--disk-size" in note.text


def test_the_table_holds_on_a_healthy_machine(bench: Bench) -> None:
    check_machine(bench.remote, bench.deps)
    assert bench.done() == ["GPU on the machine", "Docker", "NVIDIA Container Toolkit"]
