"""The HTTP server behind 169.254.169.254: who asks is known by the address."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from cloudgpu.rehearsal.guests.machines import names
from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.guests.machines.metadata.amazon import Amazon
from cloudgpu.rehearsal.guests.machines.metadata.answers import Answer, Asked, Dialect
from cloudgpu.rehearsal.guests.machines.metadata.google import Google
from cloudgpu.rehearsal.guests.machines.web import Server

_LOG = logging.getLogger(__name__)


class Service:
    """`whose(address)`: the machine that has this address, public or private."""

    def __init__(self, whose: Callable[[str], Machine | None]) -> None:
        self._whose, self._stopped = whose, threading.Event()
        self._dialects: dict[str, Dialect] = {"aws": Amazon(), "gcp": Google(self._stopped)}
        answer = self._answer

        class Asking(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._say(answer(self))

            def do_PUT(self) -> None:
                self._say(answer(self))

            def log_message(self, format: str, *args: object) -> None:
                _LOG.debug("%s %s", self.client_address[0], format % args)

            def _say(self, told: Answer) -> None:
                body = told.body.encode() if isinstance(told.body, str) else told.body
                self.send_response(told.status)
                for name, value in {**told.headers, "Content-Type": told.kind, "Content-Length": len(body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

        self._server = Server((names.METADATA, 80), Asking)
        self._server.begin()

    def close(self) -> None:
        self._stopped.set()
        self._server.end()

    def _answer(self, request: BaseHTTPRequestHandler) -> Answer:
        url = urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        machine = self._whose(request.client_address[0])
        if machine is None:
            return Answer(404)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(url.path, dict(parse_qsl(url.query)), headers, body)
        dialect = self._dialects[machine.identity.cloud]
        return dialect.put(machine, asked) if request.command == "PUT" else dialect.get(machine, asked)
