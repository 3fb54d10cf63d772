"""logs: over SSH, by the console, from the container, and words where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cloudgpu.errors import ContainerError, MachineError, NotFoundError, UnreachableError, UsageError
from cloudgpu.model import CommandResult, Record, SshTarget, State
from cloudgpu.protocols import Remote
from cloudgpu.testing.scripted import Answer
from cloudgpu.workflows import logs
from cloudgpu.workflows.launch import launch
from tests.workflows.bench import Bench, healthy, without
from tests.workflows.test_startup import Talking, refuse

DOCKER = ("sudo", "-n", "docker")
LOG = "cloudgpu startup: running quiet\nGet:1 x\ncloudgpu startup: done\n"


def growing(*states: tuple[str, str]) -> Answer:
    """The machine's side of `startup_log.piece`: a status and a log, one after the other."""
    left = list(states)

    def answer(argv: Sequence[str], stdin: bytes) -> CommandResult:
        status, log = left.pop(0) if len(left) > 1 else left[0]
        return CommandResult(0, f"{status}\n{len(log)}\n{log[int(argv[4]) :]}", "")

    return answer


def piece(*states: tuple[str, str]) -> tuple[Sequence[str], Answer]:
    from cloudgpu.rules import startup_log

    return startup_log.piece(0)[:4], growing(*states)


@pytest.fixture
def record(bench: Bench) -> Record:
    bench.cloud = Talking(pending_finds=0)
    bench.cloud.said = "booting\n"
    return launch(bench.plan(), bench.deps)


@pytest.fixture
def shown() -> list[str]:
    return []


def test_the_startup_log_as_it_is_now(bench: Bench, record: Record, shown: list[str]) -> None:
    bench.remote = healthy(piece(("running quiet", LOG[:40])))
    logs.startup(record, bench.deps, shown.append, follow=False)
    assert "".join(shown) == LOG[:40]
    assert bench.remote.closed


def test_it_is_followed_until_it_is_done(bench: Bench, record: Record, shown: list[str]) -> None:
    bench.remote = healthy(piece(("running quiet", LOG[:9]), ("running quiet", LOG[:9]), ("done", LOG)))
    logs.startup(record, bench.deps, shown.append, follow=True)
    assert "".join(shown) == LOG


def test_a_script_that_fails_while_it_is_followed_ends_with_seven(
    bench: Bench, record: Record, shown: list[str]
) -> None:
    bench.remote = healthy(piece(("running quiet", LOG[:9]), ("failed quiet 3", LOG)))
    with pytest.raises(MachineError, match="failed in its stage quiet at line 3") as caught:
        logs.startup(record, bench.deps, shown.append, follow=True)
    assert caught.value.exit_code == 7
    assert "".join(shown) == LOG


def test_without_ssh_the_console_is_shown_and_it_is_said(bench: Bench, record: Record, shown: list[str]) -> None:
    logs.startup(record, replace(bench.deps, connect=refuse), shown.append, follow=False)
    assert shown == ["booting\n"]
    assert "SSH does not answer (ECONNREFUSED)" in bench.notes()[-1]


def test_the_console_is_followed_until_ssh_answers(bench: Bench, record: Record, shown: list[str]) -> None:
    tries: list[SshTarget] = []

    def at_the_third_try(target: SshTarget) -> Remote:
        tries.append(target)
        return bench.connect(target) if len(tries) > 2 else refuse(target)

    bench.remote = healthy(piece(("done", LOG)))
    logs.startup(record, replace(bench.deps, connect=at_the_third_try), shown.append, follow=True)
    assert shown == ["booting\n", LOG]


def test_a_failure_on_the_console_ends_the_following(bench: Bench, record: Record, shown: list[str]) -> None:
    assert isinstance(bench.cloud, Talking)
    bench.cloud.said = "cloudgpu startup: failed quiet 3\ncloudgpu startup| quiet 3 1\ncloudgpu startup| no\n"
    with pytest.raises(MachineError, match="failed in its stage quiet"):
        logs.startup(record, replace(bench.deps, connect=refuse), shown.append, follow=True)


def test_a_machine_that_is_switched_off_while_it_is_followed(bench: Bench, record: Record, shown: list[str]) -> None:
    def off(target: SshTarget) -> Remote:
        bench.cloud.set_state("c0ffee", State.STOPPED)
        raise UnreachableError("Connection refused.", remedy="wait")

    with pytest.raises(MachineError, match="is off"):
        logs.startup(record, replace(bench.deps, connect=off), shown.append, follow=True)


def test_a_stopped_machine_has_its_console_at_most(bench: Bench, record: Record, shown: list[str]) -> None:
    bench.cloud.set_state("c0ffee", State.STOPPED)
    logs.startup(record, bench.deps, shown.append, follow=True)
    assert shown == ["booting\n"]
    assert "is stopped: its log is on its disk" in bench.notes()[-1]
    with pytest.raises(MachineError, match="on its disk") as caught:
        logs.container(record, bench.deps, shown.append, follow=False)
    assert "cloudgpu start quiet-otter" in caught.value.remedy


@pytest.mark.parametrize("read", [logs.startup, logs.console, logs.container, logs.whichever])
def test_a_machine_that_is_gone(bench: Bench, record: Record, read: object) -> None:
    bench.cloud.vanish("c0ffee")
    with pytest.raises(NotFoundError, match="has no machine of quiet-otter any more"):
        read(record, bench.deps, print, follow=False)  # type: ignore[operator]  # one of the four above


def test_the_console_is_followed_until_the_machine_is_off(bench: Bench, record: Record, shown: list[str]) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert isinstance(bench.cloud, Talking)
        bench.cloud.said += f"line {len(pauses)}\n" if len(pauses) < 3 else ""
        if len(pauses) == 5:
            bench.cloud.set_state("c0ffee", State.STOPPED)

    logs.console(record, replace(bench.deps, sleep=pause), shown.append, follow=True)
    assert "".join(shown) == "booting\nline 1\nline 2\n"


def test_an_empty_console_is_said(bench: Bench, record: Record, shown: list[str]) -> None:
    assert isinstance(bench.cloud, Talking)
    bench.cloud.said = ""
    logs.console(record, bench.deps, shown.append, follow=False)
    assert (shown, bench.notes()[-1]) == ([], "The cloud has nothing of its console yet.")


def test_a_cloud_without_a_console(bench: Bench, record: Record) -> None:
    deps = replace(bench.deps, provider=without(bench.cloud, "console"))
    with pytest.raises(UsageError, match="keeps no console"):
        logs.console(record, deps, print, follow=False)


def test_the_containers_log_where_one_runs_else_the_scripts(bench: Bench, record: Record, shown: list[str]) -> None:
    container = ([*DOCKER, "logs"], CommandResult(0, "Jupyter Server is running\n", ""))
    bench.remote = healthy(([*DOCKER, "ps"], CommandResult(0, "0123\n", "")), container)
    logs.whichever(record, bench.deps, shown.append, follow=False)
    bench.remote = healthy(piece(("done", LOG)))
    logs.whichever(record, bench.deps, shown.append, follow=False)
    logs.whichever(record, replace(bench.deps, connect=refuse), shown.append, follow=False)
    assert shown == ["Jupyter Server is running\n", LOG, "booting\n"]


def test_following_a_container_asks_docker_to_follow(bench: Bench, record: Record, shown: list[str]) -> None:
    logs.container(record, bench.deps, shown.append, follow=True)
    assert [*DOCKER, "logs", "--follow", "cloudgpu"] in bench.remote.ran


def test_no_container(bench: Bench, record: Record) -> None:
    bench.remote = healthy(([*DOCKER, "inspect"], CommandResult(1, "", "Error: No such object: cloudgpu")))
    with pytest.raises(ContainerError, match="There is no container"):
        logs.container(record, bench.deps, print, follow=False)


@pytest.mark.parametrize("keys", [True, False])
def test_a_launch_that_is_not_finished_has_logs_as_well(bench: Bench, shown: list[str], keys: bool) -> None:
    """Another command is at work on it: its machine is among those that were tried, and has perhaps no keys yet."""
    seen: list[Record] = []

    def look(seconds: float) -> None:
        seen.append(bench.store.records()[0])

    bench.cloud = Talking(pending_finds=3)
    bench.cloud.said = "booting\n"
    launch(bench.plan(), replace(bench.deps, sleep=look))
    assert (seen[0].ready, seen[0].host_keys) == (False, ())
    if not keys:
        bench.cloud.keys = ()
    bench.remote = healthy(piece(("running quiet", LOG)))
    logs.startup(seen[0], bench.deps, shown.append, follow=False)
    assert shown == [LOG if keys else "booting\n"]


def test_a_machine_that_is_not_up_yet_is_waited_for(bench: Bench, record: Record, shown: list[str]) -> None:
    assert record.instance is not None
    bench.cloud.stop(record.instance.ref)
    bench.cloud.pending_finds = 4
    bench.cloud.start(record.instance.ref, caller_cidr="192.0.2.7/32")
    bench.targets.clear()
    bench.remote = healthy(piece(("done", LOG)))
    logs.startup(record, bench.deps, shown.append, follow=True)
    assert shown == ["booting\n", LOG]
    assert len(bench.targets) == 1
