"""The web servers of the package repositories: one folder for each host name, over HTTP and HTTPS."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines import names
from cloudgpu.rehearsal.guests.machines.web import Server

_LOG = logging.getLogger(__name__)


class Shop:
    """Open until `close`; `shelves` has the folder of each host. A rule for the operation `repository` of the cloud
    `guest` disturbs it; what can be matched is `host` and `path`."""

    def __init__(self, shelves: Mapping[str, Path], certificates: Path, faults: Faults) -> None:
        class Selling(SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.headers.get("Host", "").partition(":")[0]
                fault = faults.take("guest", "repository", {"host": host, "path": urlsplit(self.path).path})
                if fault and fault.effect == "delay":
                    time.sleep(fault.seconds)
                elif fault and fault.effect == "error":
                    self.send_error(fault.http_status or 503, fault.message or None)
                    return
                elif fault:
                    self.close_connection = True
                    return
                super().do_GET()

            def translate_path(self, path: str) -> str:
                host = self.headers.get("Host", "").partition(":")[0]
                parts = [part for part in unquote(urlsplit(path).path).split("/") if part not in ("", ".", "..")]
                return str(shelves.get(host, Path("/nowhere")).joinpath(*parts))

            def log_message(self, format: str, *args: object) -> None:
                _LOG.info("%s %s", self.client_address[0], format % args)

        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(certificates / "server.crt", certificates / "server.key")
        self._servers = [Server((names.SHOP, port), Selling) for port in (80, 443)]
        # the handshake belongs to the thread of each connection: who does not finish his keeps nobody else out
        self._servers[1].socket = secure.wrap_socket(
            self._servers[1].socket, server_side=True, do_handshake_on_connect=False
        )
        for one in self._servers:
            one.begin()

    def close(self) -> None:
        for one in self._servers:
            one.end()
