"""The console's end, while a machine cannot be reached yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import MachineError, NoRouteError, UnreachableError
from cloudgpu.events import StepProgress
from cloudgpu.model import SshTarget
from cloudgpu.protocols import Remote
from cloudgpu.rules import readiness
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import OFFERS, spec
from cloudgpu.workflows.console import Tail
from cloudgpu.workflows.launch import launch
from tests.workflows.bench import Bench


class Talking(MemoryCloud):
    said = "booting\r\n"

    def console(self, ref: object) -> str:
        self._called("console")
        return self.said


def tail_of(cloud: MemoryCloud, clock: list[float]) -> Tail:
    return Tail(cloud, cloud.create(spec(OFFERS[0])).ref, clock=lambda: clock[0])


def test_it_is_asked_for_now_and_then_only() -> None:
    cloud, clock = Talking(), [0.0]
    tail = tail_of(cloud, clock)
    assert [tail.newest(), tail.newest()] == ["booting", "booting"]
    assert cloud.calls.count("console") == 1
    cloud.said, clock[0] = "booting\r\nlogin:\r\n\r\n", 3.0
    assert tail.newest() == "login:"
    assert tail.last_lines() == "booting\nlogin:"


def test_a_console_that_cannot_be_read_is_an_empty_one() -> None:
    cloud = Talking()
    tail = tail_of(cloud, [0.0])
    cloud.fail("console", NoRouteError("no network", remedy="wait"))
    assert tail.newest() == ""


def test_its_newest_line_is_seen_while_ssh_does_not_answer_yet(bench: Bench) -> None:
    bench.cloud = Talking()
    tries: list[SshTarget] = []

    def at_the_second_try(target: SshTarget) -> Remote:
        tries.append(target)
        if len(tries) < 2:
            raise UnreachableError("Connection refused.", remedy="wait", code="ECONNREFUSED")
        return bench.connect(target)

    launch(bench.plan(), replace(bench.deps, connect=at_the_second_try))
    assert StepProgress("connect by SSH", "booting") in bench.events


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("ann does not have login permission", "compute.requireOsLogin"),
        ("tar: No space left on device", "--disk-size"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "--disk-size"),
    ],
)
def test_what_stands_on_it_may_tell_the_remedy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, words: str, remedy: str
) -> None:
    from cloudgpu.workflows import arrive

    def refuse(target: SshTarget) -> Remote:
        raise UnreachableError("Connection refused.", remedy="wait")

    monkeypatch.setattr(arrive, "_SSH_WITHIN", 0.0)
    bench.cloud = Talking(pending_finds=0)
    bench.cloud.said = f"booting\n{words}\n"
    with pytest.raises(MachineError) as caught:
        launch(bench.plan(), replace(bench.deps, connect=refuse))
    assert remedy in caught.value.remedy
    assert words in caught.value.details
    assert readiness.console_remedy("all is well") == ""
