from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cloudgpu.remote.keys import SshKey, ensure_key
from cloudgpu.remote.machine import Machine
from cloudgpu.remote.ssh import connect
from tests.remote.servers import SSHD, AsyncServer, OpenSshServer, Server

TOKEN = "a-token"
KINDS = ["asyncssh", *(["sshd"] if SSHD else [])]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's state folder, with a space in its name."""
    return tmp_path_factory.mktemp("state folder")


@pytest.fixture(scope="session")
def key(home: Path) -> SshKey:
    return ensure_key(home)


@pytest.fixture(scope="session")
def guest_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guest")


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, key: SshKey, guest_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Every kind of SSH server that this computer has."""
    made: Server
    if request.param == "sshd":
        made = OpenSshServer(tmp_path_factory.mktemp("sshd"), key.public)
    else:
        made = AsyncServer(guest_home, key.public)
    with closing(made):
        yield made


@pytest.fixture(scope="module")
def quick_server(key: SshKey, guest_home: Path) -> Iterator[AsyncServer]:
    """One server, for what does not depend on its kind."""
    with closing(AsyncServer(guest_home, key.public)) as made:
        yield made


@pytest.fixture
def machine(server: Server, key: SshKey) -> Iterator[Machine]:
    with closing(connect(server.target(), key.private)) as remote:
        assert isinstance(remote, Machine)
        yield remote


class _Jupyter(http.server.BaseHTTPRequestHandler):
    """As much of Jupyter as a probe sees."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.close_connection = True
            return
        if self.path == "/big":
            self._answer(200, b"x" * 3_000_000)
        elif self.path == "/api/status" and self.headers.get("Authorization") != f"token {TOKEN}":
            self._answer(403, b"{}")
        else:
            self._answer(200, b'{"kernels": 0}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # the one who asked may be gone
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def jupyter_port() -> Iterator[int]:
    """Where something answers as Jupyter would."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Jupyter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
