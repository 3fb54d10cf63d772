"""Connections that end the hard way, on werkzeug's server, without noise in its log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from cloudgpu.rehearsal import effects

STOP = threading.Event()
ENDED = threading.Event()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if path == "/reset":
        effects.reset(environ)
    if path in ("/hold", "/short", "/stopped"):
        try:
            effects.hold(environ, seconds=0.2 if path == "/short" else 30, stop=STOP if path == "/stopped" else None)
        finally:
            ENDED.set()
    effects.delay(0.1)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    logged: list[str] = []

    class Handler(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:
            logged.append(f"{type} {message % args}")

    made = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.port}", logged
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(autouse=True)
def fresh() -> None:
    STOP.clear()
    ENDED.clear()


def test_a_reset_is_a_reset(server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    url, logged = server
    logged.clear()
    for _ in range(20):
        with pytest.raises(requests.ConnectionError, match="reset by peer"):
            requests.post(f"{url}/reset", data=b"x", timeout=5)
    assert requests.get(url, timeout=5).text == "ok"
    assert [line for line in logged if not line.startswith("info")] == []
    assert capsys.readouterr().err == ""


def test_a_client_that_gives_up_is_let_go(server: tuple[str, list[str]]) -> None:
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{server[0]}/hold", data=b"x", timeout=0.2)
    assert ENDED.wait(5)


def test_time_is_up(server: tuple[str, list[str]]) -> None:
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        requests.get(f"{server[0]}/short", timeout=5)


def test_a_stop_ends_the_wait(server: tuple[str, list[str]]) -> None:
    began = time.monotonic()
    threading.Timer(0.1, STOP.set).start()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server[0]}/stopped", timeout=10)
    assert time.monotonic() - began < 5


def test_a_delay(server: tuple[str, list[str]]) -> None:
    began = time.monotonic()
    requests.get(server[0], timeout=5)
    assert time.monotonic() - began >= 0.1
