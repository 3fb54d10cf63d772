from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from cloudgpu.errors import MachineError
from cloudgpu.remote.http import probe
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.machine import Machine
from cloudgpu.remote.ssh import connect
from tests.remote.conftest import TOKEN
from tests.remote.servers import FORBIDDEN_PORT, AsyncServer, Server, unused_port


@pytest.fixture
def closed_port() -> int:
    return unused_port()


def test_get_through_the_connection(machine: Machine, jupyter_port: int) -> None:
    assert machine.get("/api/status", port=jupyter_port, token=TOKEN) == (200, b'{"kernels": 0}')
    assert machine.get("/api/status", port=jupyter_port, token="wrong")[0] == 403
    assert machine.get("/api/status", port=jupyter_port)[0] == 403
    assert machine.get("/api", port=jupyter_port)[0] == 200


def test_a_big_answer_comes_whole(machine: Machine, jupyter_port: int) -> None:
    assert len(machine.get("/big", port=jupyter_port)[1]) == 3_000_000


def test_nothing_listens(machine: Machine, closed_port: int) -> None:
    with pytest.raises(ConnectionError):
        machine.get("/api", port=closed_port)


def test_somebody_who_says_nothing(machine: Machine, jupyter_port: int) -> None:
    with pytest.raises(ConnectionError):
        machine.get("/silent", port=jupyter_port)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ConnectionError):
        machine.get("/api", port=listener.getsockname()[1], timeout=0.3)


def test_what_is_not_http(machine: Machine, server: Server) -> None:
    with pytest.raises(ConnectionError):
        machine.get("/api", port=server.target().port, timeout=2)


def test_a_server_that_forbids_forwarding(quick_server: AsyncServer, key: SshKey) -> None:
    with closing(connect(quick_server.target(), key.private)) as remote:
        with pytest.raises(MachineError, match="does not allow forwarding") as refused:
            remote.get("/api", port=FORBIDDEN_PORT)
        assert "AllowTcpForwarding" in refused.value.remedy


def test_a_lost_connection_is_the_machines_and_not_jupyters(
    quick_server: AsyncServer, key: SshKey, jupyter_port: int
) -> None:
    remote = connect(quick_server.target(), key.private)
    remote.close()
    with pytest.raises(MachineError):
        remote.get("/api", port=jupyter_port)


def test_a_connection_lost_while_waiting_for_the_answer(quick_server: AsyncServer, key: SshKey) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        closing(connect(quick_server.target(), key.private)) as remote,
    ):

        def cut() -> None:
            with listener.accept()[0] as conn:
                conn.recv(100)
                quick_server.drop()

        threading.Thread(target=cut).start()
        with pytest.raises(MachineError, match="was lost"):
            remote.get("/api", port=listener.getsockname()[1])


def test_probe_tells_ready_from_foreign_from_absent(
    jupyter_port: int, closed_port: int, quick_server: AsyncServer
) -> None:
    assert probe(jupyter_port, TOKEN, timeout=2) == 200
    assert probe(jupyter_port, "wrong", timeout=2) == 403
    assert probe(closed_port, TOKEN, timeout=2) is None
    assert probe(quick_server.target().port, TOKEN, timeout=2) is None
