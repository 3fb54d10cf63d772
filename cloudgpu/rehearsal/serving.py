"""Two HTTP servers on 127.0.0.1, and clouds that are loaded while the first calls already come in."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cloudgpu.rehearsal.admin import Cloud, StartResponse, Wsgi

_LOG = logging.getLogger(__name__)


class Late:
    """A cloud that is loaded at its first use, or by `load` before; callers wait for it. An error in loading is told
    to every caller."""

    def __init__(self, factory: Callable[[], Cloud]) -> None:
        self._factory = factory
        self._lock = threading.Lock()
        self._cloud: Cloud | None = None

    def load(self) -> Cloud:
        with self._lock:
            if self._cloud is None:
                self._cloud = self._factory()
            return self._cloud

    def close(self) -> None:
        with self._lock:
            if self._cloud is not None:
                self._cloud.close()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return self.load()(environ, start_response)


class _Quiet(WSGIRequestHandler):
    """One line for each request in the log. The two writes of an answer must not wait for each other's ACK."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        _LOG.info("%s %s", self.requestline, code)

    def log(self, type: str, message: str, *args: Any) -> None:
        _LOG.warning(message, *args)


class Served:
    """One endpoint. OSError where the port is taken."""

    def __init__(self, app: Wsgi, port: int) -> None:
        with socket.socket() as listening:  # by itself, werkzeug would end the process where the port is taken
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", port))
            listening.listen(128)
            self._server: BaseWSGIServer = make_server(
                "127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """No new requests; those under way are not waited for."""
        self._server.shutdown()
        self._server.socket.close()
