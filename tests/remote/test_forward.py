"""What every engine promises, over every server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloudgpu.errors import CloudgpuError, TunnelError, UnreachableError, UsageError
from cloudgpu.remote.forward import ENGINES, Forward, default_engine, open_forward
from cloudgpu.remote.http import probe
from cloudgpu.remote.keys import SshKey, ensure_key
from cloudgpu.remote.ports import is_free
from cloudgpu.remote.refusals import DENIED
from tests.remote.conftest import TOKEN
from tests.remote.servers import AsyncServer, Server, descendants, eventually, new_host_key, public, unused_port

Open = Callable[..., Forward]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(engine: str, server: Server, key: SshKey, home: Path, jupyter_port: int) -> Iterator[Open]:
    """Opens forwards with this engine to this server; closed after the test."""
    with ExitStack() as stack:

        def make(**changes: object) -> Forward:
            settings = {"home": home, "local_port": unused_port(), "remote_port": jupyter_port, "engine": engine}
            target = changes.pop("target", server.target())
            identity = changes.pop("identity", key.private)
            return stack.enter_context(closing(open_forward(target, identity, **(settings | changes))))  # type: ignore[arg-type]  # the tests' own mixture

        yield make


def test_requests_go_through(opened: Open, engine: str) -> None:
    forward = opened()
    assert forward.engine == engine and forward.alive() and forward.why() == ""
    assert probe(forward.local_port, TOKEN, timeout=5) == 200
    assert probe(forward.local_port, "wrong", timeout=5) == 403


def test_only_this_computer_can_use_it(opened: Open) -> None:
    forward = opened()
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.settimeout(2)
        other.connect(("127.0.0.2", forward.local_port))


def test_many_connections_at_once(opened: Open) -> None:
    forward = opened()
    answers: list[int | None] = []
    threads = [
        threading.Thread(target=lambda: answers.append(probe(forward.local_port, TOKEN, timeout=10))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20


def test_an_answer_after_the_end_of_the_question(opened: Open) -> None:
    def answer() -> None:
        with listener.accept()[0] as conn:
            asked = b"".join(iter(lambda: conn.recv(4096), b""))
            conn.sendall(asked.upper())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        forward = opened(remote_port=listener.getsockname()[1])
        threading.Thread(target=answer).start()
        with socket.create_connection(("127.0.0.1", forward.local_port), timeout=10) as client:
            client.sendall(b"question")
            client.shutdown(socket.SHUT_WR)
            assert b"".join(iter(lambda: client.recv(4096), b"")) == b"QUESTION"


def test_closing_frees_the_port_and_leaves_no_process(opened: Open) -> None:
    before = set(descendants(os.getpid()))
    forward = opened()
    with socket.create_connection(("127.0.0.1", forward.local_port)):
        forward.close()
    forward.close()
    assert not forward.alive() and is_free(forward.local_port)
    eventually(lambda: set(descendants(os.getpid())) <= before)


def test_the_end_of_the_session_is_seen(opened: Open, server: Server) -> None:
    forward = opened()
    server.drop()
    eventually(lambda: not forward.alive(), within=5)
    assert forward.why()
    forward.close()
    again = opened(local_port=forward.local_port)
    assert probe(again.local_port, TOKEN, timeout=5) == 200


def test_silence_is_seen(engine: str, quick_server: AsyncServer, key: SshKey, home: Path, jupyter_port: int) -> None:
    forward = open_forward(
        quick_server.target(),
        key.private,
        home=home,
        local_port=unused_port(),
        remote_port=jupyter_port,
        engine=engine,
        keepalive=0.3,
    )
    with closing(forward):
        quick_server.freeze()
        try:
            eventually(lambda: not forward.alive(), within=10)
        finally:
            quick_server.thaw()
        assert forward.why()


def test_the_other_end_may_be_absent_for_a_while(opened: Open) -> None:
    absent = unused_port()
    forward = opened(remote_port=absent)
    assert probe(forward.local_port, TOKEN, timeout=5) is None
    assert forward.alive()
    with socket.create_server(("127.0.0.1", absent)) as listener:
        threading.Thread(target=_answer_once, args=(listener,)).start()
        assert probe(forward.local_port, TOKEN, timeout=5) == 200


def _answer_once(listener: socket.socket) -> None:
    with listener.accept()[0] as conn:
        conn.recv(4096)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def refused(opened: Open, **changes: object) -> CloudgpuError:
    """The refusal, which leaves no process and no listener behind."""
    before = set(descendants(os.getpid()))
    port = unused_port()
    with pytest.raises(CloudgpuError) as refusal:
        opened(**({"local_port": port} | changes))
    eventually(lambda: set(descendants(os.getpid())) <= before)
    assert is_free(port) and refusal.value.remedy
    return refusal.value


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_another_host_key_is_final(kind: str, opened: Open, server: Server) -> None:
    error = refused(opened, target=server.target(host_keys=(public(new_host_key(kind)),)))
    assert isinstance(error, TunnelError) and "host key" in error.brief and "SHA256:" in error.brief


def test_no_host_key_is_final(opened: Open, server: Server) -> None:
    assert isinstance(refused(opened, target=server.target(host_keys=())), TunnelError)


def test_another_users_key_is_denied(opened: Open, tmp_path: Path) -> None:
    error = refused(opened, identity=ensure_key(tmp_path).private)
    assert isinstance(error, UnreachableError) and error.code == DENIED


def test_nobody_there_may_heal(opened: Open, server: Server) -> None:
    error = refused(opened, target=replace(server.target(), port=unused_port()))
    assert isinstance(error, UnreachableError) and "Connection refused" in error.code


def test_who_does_not_speak_ssh_may_heal(opened: Open, server: Server, jupyter_port: int) -> None:
    assert isinstance(refused(opened, target=replace(server.target(), port=jupyter_port)), UnreachableError)


def test_a_taken_port_names_a_free_one(opened: Open) -> None:
    with socket.create_server(("127.0.0.1", unused_port())) as taken:
        port = taken.getsockname()[1]
        error = _taken(opened, port)
    assert isinstance(error, TunnelError) and str(port) in error.brief
    assert is_free(int(error.remedy.rpartition(" ")[2]))


def _taken(opened: Open, port: int) -> CloudgpuError:
    with pytest.raises(CloudgpuError) as refusal:
        opened(local_port=port)
    return refusal.value


OWNER = """
import sys
from pathlib import Path
from cloudgpu.model import SshTarget
from cloudgpu.remote.forward import open_forward
host, port, user, key, identity, home, local, remote, engine = sys.argv[1:]
target = SshTarget(host, int(port), user, "machine", (key,))
forward = open_forward(
    target, Path(identity), home=Path(home), local_port=int(local), remote_port=int(remote), engine=engine
)
print(forward.pid or 0, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_owner_that_is_killed_leaves_nothing(
    number: signal.Signals, engine: str, quick_server: AsyncServer, key: SshKey, home: Path, jupyter_port: int
) -> None:
    target, port = quick_server.target(), unused_port()
    words = [target.host, str(target.port), target.user, quick_server.host_key, str(key.private), str(home)]
    argv = [sys.executable, "-c", OWNER, *words, str(port), str(jupyter_port), engine]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout and owner.stdout.readline()
        family = descendants(owner.pid)
        assert bool(family) == (engine == "openssh")
        with socket.create_connection(("127.0.0.1", port)) as in_use:
            assert in_use
            owner.send_signal(number)
            owner.wait(10)
            eventually(lambda: not any(_runs(pid) for pid in family))
    assert is_free(port)


def _runs(pid: int) -> bool:
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(stat) and not stat.startswith("Z")


def test_an_engine_that_does_not_exist(quick_server: AsyncServer, key: SshKey, home: Path) -> None:
    target = quick_server.target()
    with pytest.raises(UsageError, match="warp") as refusal:
        open_forward(target, key.private, home=home, local_port=unused_port(), remote_port=1, engine="warp")
    assert "openssh|sshtunnel" in refusal.value.remedy


def test_without_an_ssh_program(
    quick_server: AsyncServer,
    key: SshKey,
    home: Path,
    jupyter_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert default_engine() == "openssh"
    monkeypatch.setenv("PATH", str(tmp_path))
    target, port = quick_server.target(), unused_port()
    with pytest.raises(TunnelError, match="no ssh program") as refusal:
        open_forward(target, key.private, home=home, local_port=port, remote_port=1, engine="openssh")
    assert "sshtunnel" in refusal.value.remedy
    with closing(open_forward(target, key.private, home=home, local_port=port, remote_port=jupyter_port)) as forward:
        assert forward.engine == "sshtunnel"
