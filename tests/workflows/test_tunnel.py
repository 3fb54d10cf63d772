"""tunnel: alive means that Jupyter answered through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from cloudgpu.errors import MachineError, NotFoundError, TunnelError, UnreachableError
from cloudgpu.model import CommandResult, Record, SshTarget
from cloudgpu.protocols import Remote
from cloudgpu.workflows import tunnel as tunnels
from cloudgpu.workflows.launch import launch
from cloudgpu.workflows.tunnel import Tunnel, Ways, keep, load, open_tunnel
from tests.workflows.bench import ORIGIN, Bench, healthy


@dataclass
class Wire:
    """A forward that can be cut, and the ways that open it; `trouble` is raised by the next attempts to open."""

    bench: Bench
    taken: set[int] = field(default_factory=set)
    trouble: list[Exception] = field(default_factory=list)
    opened: list[Line] = field(default_factory=list)
    jupyter: bool = True
    naps: Callable[[int], None] = lambda count: None
    slept: int = 0

    @property
    def ways(self) -> Ways:
        return Ways(
            store=self.bench.store,
            emit=self.bench.events.append,
            connect=self.bench.connect,
            open_forward=self.open,
            probe=self.probe,
            free_port=self.free,
            sleep=self.sleep,
        )

    def open(self, target: SshTarget, local_port: int, remote_port: int) -> Line:
        if self.trouble:
            raise self.trouble.pop(0)
        line = Line(local_port, remote_port)
        self.opened.append(line)
        return line

    def probe(self, port: int, token: str) -> int | None:
        on = self.jupyter and any(line.up and line.local_port == port for line in self.opened)
        return 200 if on else None

    def free(self, wanted: int | None) -> int:
        port = wanted or 8888
        while port in self.taken:
            port += 1
        return port

    def sleep(self, seconds: float) -> None:
        self.slept += 1
        self.naps(self.slept)


@dataclass
class Line:
    local_port: int
    remote_port: int
    up: bool = True
    engine: str = "string"
    pid: int | None = None
    closed: int = 0

    def alive(self) -> bool:
        return self.up

    def why(self) -> str:
        return "cut"

    def close(self) -> None:
        self.up = False
        self.closed += 1


@pytest.fixture
def record(bench: Bench) -> Record:
    return launch(bench.plan(), bench.deps)


@pytest.fixture
def wire(bench: Bench) -> Wire:
    return Wire(bench)


def after(naps: int, then: Callable[[], object]) -> Callable[[int], None]:
    """Do `then` at that nap, and end by Ctrl-C if the watch has not ended a few naps later."""

    def nap(count: int) -> None:
        if count == naps:
            then()
        if count > naps + 5:
            raise KeyboardInterrupt

    return nap


def test_it_opens_when_jupyter_answers_and_remembers_its_port(record: Record, wire: Wire) -> None:
    wire.taken = {8888}
    tunnel = open_tunnel(record, wire.ways)
    assert tunnel.forward.local_port == 8889
    assert len(tunnel.token) == 48
    wire.taken = set()
    known = load(record.name, wire.bench.store)
    assert open_tunnel(known, wire.ways).forward.local_port == 8889


def test_a_port_that_is_taken_gives_the_next_one_and_says_so(record: Record, wire: Wire) -> None:
    wire.taken = {9000}
    assert open_tunnel(replace(record, local_port=9000), wire.ways).forward.local_port == 9001
    assert "taken" in wire.bench.notes()[-1]


def test_a_port_that_was_asked_for_and_is_taken(record: Record, wire: Wire) -> None:
    wire.taken = {9000}
    with pytest.raises(TunnelError, match="Port 9000") as caught:
        open_tunnel(record, wire.ways, local_port=9000)
    assert "--local-port 9001" in caught.value.remedy


def test_a_launch_that_did_not_end_has_no_tunnel(bench: Bench, wire: Wire) -> None:
    with pytest.raises(MachineError, match="not ready"):
        open_tunnel(bench.store.reserve("new-one", "c1", ORIGIN), wire.ways)


def test_an_unknown_name(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        load("nobody", bench.store)


def test_a_machine_that_does_not_answer(record: Record, wire: Wire) -> None:
    def refuse(target: SshTarget) -> Remote:
        raise UnreachableError("Connection refused.", remedy="wait", code="refused")

    with pytest.raises(TunnelError, match="cannot be reached: Connection refused"):
        open_tunnel(record, replace(wire.ways, connect=refuse))
    wire.trouble = [UnreachableError("Connection reset.", remedy="wait")]
    with pytest.raises(TunnelError, match="Connection reset"):
        open_tunnel(record, wire.ways)


def test_jupyter_that_does_not_answer_closes_the_forward(
    record: Record, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnels, "_UP_WITHIN", 0.0)
    wire.jupyter = False
    with pytest.raises(TunnelError, match="no Jupyter answers"):
        open_tunnel(record, wire.ways)
    assert wire.opened[0].closed == 1


def test_a_forward_that_ends_at_once(record: Record, wire: Wire) -> None:
    def stillborn(target: SshTarget, local_port: int, remote_port: int) -> Line:
        return Line(local_port, remote_port, up=False)

    with pytest.raises(TunnelError, match="ended before") as caught:
        open_tunnel(record, replace(wire.ways, open_forward=stillborn))
    assert caught.value.details == "cut"


def test_a_machine_without_a_token(record: Record, wire: Wire) -> None:
    wire.bench.remote = healthy((["cat"], CommandResult(1, "", "cat: no such file")))
    with pytest.raises(Exception, match="no Jupyter token"):
        open_tunnel(record, wire.ways)


def opened(record: Record, wire: Wire) -> Tunnel:
    return open_tunnel(record, wire.ways)


def test_a_cut_forward_heals_on_the_same_port(record: Record, wire: Wire) -> None:
    tunnel = opened(record, wire)

    def cut() -> None:
        wire.opened[-1].up = False
        wire.trouble = [UnreachableError("still away", remedy="wait")] * 2

    wire.naps = after(2, cut)
    with pytest.raises(KeyboardInterrupt):
        keep(tunnel, wire.ways)
    assert tunnel.reconnects == 1
    assert wire.opened[-1].local_port == wire.opened[0].local_port
    assert [line.closed > 0 for line in wire.opened] == [True, True]


def test_an_instance_that_was_destroyed_ends_its_tunnel(record: Record, wire: Wire) -> None:
    tunnel = opened(record, wire)
    wire.naps = after(1, lambda: wire.bench.store.forget(record.name, record.launch_id))
    keep(tunnel, wire.ways)
    assert "was destroyed; its tunnel ends" in wire.bench.notes()[-1]
    assert wire.opened[-1].closed == 1


def test_what_cannot_heal_ends_the_tunnel(record: Record, wire: Wire) -> None:
    tunnel = opened(record, wire)

    def cut() -> None:
        wire.opened[-1].up = False
        wire.trouble = [TunnelError("the host key has changed", remedy="look")]

    wire.naps = after(1, cut)
    with pytest.raises(TunnelError, match="host key"):
        keep(tunnel, wire.ways)
    assert wire.opened[-1].closed > 0


def test_it_gives_up_in_the_end(record: Record, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnels, "_HEAL_WITHIN", 0.0)
    tunnel = opened(record, wire)
    wire.jupyter = False
    with pytest.raises(TunnelError, match="within a week"):
        keep(tunnel, wire.ways)
