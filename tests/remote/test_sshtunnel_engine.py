"""What only sshtunnel does. What it shares with OpenSSH is in test_forward."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from cloudgpu.errors import TunnelError, UnreachableError
from cloudgpu.remote.http import probe
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.sshtunnel_engine import open_forward
from tests.remote.conftest import TOKEN
from tests.remote.servers import AsyncServer, unused_port


def test_a_port_that_somebody_takes_meanwhile(quick_server: AsyncServer, key: SshKey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(TunnelError) as refused:
        open_forward(quick_server.target(), key.private, other.getsockname()[1], 1, 5, 10)
    assert "--local-port" in refused.value.remedy


@pytest.fixture
def one_visit(quick_server: AsyncServer) -> Iterator[int]:
    """A port that leads to the server once and never again."""

    def pipe(source: socket.socket, into: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                into.sendall(piece)
            into.shutdown(socket.SHUT_WR)

    def serve() -> None:
        visitor = listener.accept()[0]
        listener.close()
        target = quick_server.target()
        with visitor, socket.create_connection((target.host, target.port)) as server:
            back = threading.Thread(target=pipe, args=(server, visitor))
            back.start()
            pipe(visitor, server)
            back.join()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    thread.join()


def test_a_machine_that_goes_away_before_the_second_login(
    one_visit: int, quick_server: AsyncServer, key: SshKey
) -> None:
    with pytest.raises(UnreachableError) as refused:
        open_forward(replace(quick_server.target(), port=one_visit), key.private, unused_port(), 1, 5, 10)
    assert "Could not connect to gateway" in refused.value.code and refused.value.remedy


def test_new_connections_are_not_delayed(quick_server: AsyncServer, key: SshKey, jupyter_port: int) -> None:
    with closing(open_forward(quick_server.target(), key.private, unused_port(), jupyter_port, 5, 10)) as forward:
        transport = forward._forwarder._transport
        assert transport.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert probe(forward.local_port, TOKEN, timeout=5) == 200
