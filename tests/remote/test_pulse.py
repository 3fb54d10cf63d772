from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from cloudgpu.errors import MachineError
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.ssh import connect
from tests.remote.servers import LASTING, Server, eventually


@pytest.fixture
def frozen(server: Server) -> Iterator[Server]:
    yield server
    server.thaw()


def pulses() -> int:
    return sum(thread.name == "ssh-pulse" for thread in threading.enumerate())


def test_a_machine_that_falls_silent_ends_the_stream(frozen: Server, key: SshKey) -> None:
    with closing(connect(frozen.target(), key.private, keepalive=0.2)) as remote:
        lines = remote.stream(["sh", "-c", f"echo one; {LASTING}"])
        assert next(lines) == "one"
        frozen.freeze()
        with pytest.raises(MachineError, match="was lost"):
            list(lines)


def test_a_machine_that_answers_is_left_alone(server: Server, key: SshKey) -> None:
    with closing(connect(server.target(), key.private, keepalive=0.3)) as remote:
        assert remote.run(["sleep", "1"]).ok


def test_the_watch_ends_with_the_connection(server: Server, key: SshKey) -> None:
    eventually(lambda: pulses() == 0)
    remote = connect(server.target(), key.private)
    assert pulses() == 1
    remote.close()
    eventually(lambda: pulses() == 0)
