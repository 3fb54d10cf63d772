from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from cloudgpu.remote import ports
from cloudgpu.remote.ports import free_port, is_free, port_taken
from tests.remote.servers import unused_port


def test_a_listener_makes_a_port_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not is_free(port)
        assert free_port(port) != port
    assert is_free(port) and free_port(port) == port


def test_a_listener_on_all_addresses_does_too() -> None:
    with socket.create_server(("", 0)) as listener:
        assert not is_free(listener.getsockname()[1])


def test_a_connection_that_is_still_closing_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0]:
            pass  # the listener's side closes first and stays in TIME_WAIT
        assert client
    assert is_free(port)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_what_is_no_port_is_not_free(port: int) -> None:
    assert not is_free(port)


def test_the_usual_ports_come_first_and_then_any(monkeypatch: pytest.MonkeyPatch) -> None:
    assert free_port() in range(8888, 9000)
    few = [unused_port(), unused_port()]
    monkeypatch.setattr(ports, "_USUAL", few)
    with ExitStack() as stack:
        for port in few:
            assert free_port() == port
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        assert is_free(free_port())


def test_the_refusal_names_a_free_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refusal = port_taken(listener.getsockname()[1])
    assert is_free(int(refusal.remedy.removeprefix("cloudgpu tunnel --local-port ")))
