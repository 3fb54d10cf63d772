from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from cloudgpu.errors import NoRouteError
from cloudgpu.remote.address import public_address
from tests.remote.servers import unused_port


class _Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers = {"/v4": "203.0.113.7\n", "/v6": "2001:db8::1", "/portal": "<html>Please log in", "/bytes": "\xff\xfe"}
        self.send_response(500 if self.path == "/broken" else 200)
        self.end_headers()
        self.wfile.write(answers.get(self.path, "").encode("latin-1"))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_first_service_answers(base: str) -> None:
    assert public_address(services=[f"{base}/v4"]) == "203.0.113.7"


@pytest.mark.parametrize("first", ["/v6", "/portal", "/broken", "/nothing", "/bytes"])
def test_what_is_no_address_is_passed_over(first: str, base: str) -> None:
    assert public_address(services=[base + first, f"{base}/v4"]) == "203.0.113.7"


def test_no_proxy_is_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")
    assert public_address(services=[f"{base}/v4"]) == "203.0.113.7"


def test_when_nobody_answers_the_person_says_it(base: str) -> None:
    absent = f"http://127.0.0.1:{unused_port()}"
    with pytest.raises(NoRouteError) as refused:
        public_address(0.5, services=[absent, f"{base}/portal"])
    assert "--ssh-cidr" in refused.value.remedy and absent in refused.value.details
