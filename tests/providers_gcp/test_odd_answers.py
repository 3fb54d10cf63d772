"""Whatever stands between this computer and Google may answer in its place: no answer of any shape gets through as a
bare exception."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgpu.errors import CloudgpuError, NoRouteError, PermissionError_
from cloudgpu.model import Gpu, InstanceRef, Origin, Quota
from cloudgpu.providers.gcp import operations, raising, rest
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.providers.gcp.session import Session
from cloudgpu.testing import samples
from tests.providers_gcp.bed import sign_in

HERE = InstanceRef("x", "abc123", "us-central1", "us-central1-a")
H100 = samples.offer("us-central1-a", gpu=Gpu("H100"), instance_type="a3-highgpu-1g")
LIMIT = Quota("GPUS_PER_GPU_FAMILY/NVIDIA_H100", "us-central1", 0, 0, 1)
ASKED: dict[str, Callable[[Gcp], object]] = {
    "the project": lambda gcp: gcp.verify(),
    "a machine": lambda gcp: gcp.find(HERE),
    "all machines": lambda gcp: gcp.instances(),
    "limits": lambda gcp: gcp.quotas(H100),
    "a higher limit": lambda gcp: gcp.raise_quota(LIMIT, 4, contact="ann@example.com"),
    "host keys": lambda gcp: gcp.host_keys(HERE),
    "the console": lambda gcp: gcp.console(HERE),
    "leftovers": lambda gcp: gcp.leftovers("abc123"),
}
ODD = [
    '{"error": "denied"}',
    '{"error": ["denied"]}',
    '"denied"',
    "[7]",
    "null",
    "7",
    '{"error": {"details": ["x"]}}',
    "<html>",
]


@dataclass
class Between:
    """What answers: `status` and `body` to everything but the sign-in."""

    url: str = ""
    status: int = 403
    body: str = ""


@pytest.fixture(scope="module")
def between() -> Iterator[Between]:
    told = Between()

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})
            status, body = (200, token) if self.path == "/token" else (told.status, told.body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture(scope="module")
def gcp(between: Between, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gcp]:
    """Asks for a moment only: some of these answers read like "ask again", and they stay the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_when_lost", Session._when_lost.with_timeout(0.01))
        patch.setattr(Session, "_when_throttled", Session._when_throttled.with_timeout(0.01))
        patch.setattr(rest, "_PATIENCE", 0.3)
        patch.setattr(operations, "_ASKING", 0.01)
        patch.setattr(raising, "_WITHIN", 0.01)
        sign_in(patch, between.url, tmp_path_factory.mktemp("between"))
        yield Gcp(Origin("gcp"))


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("status", [200, 403])
def test_no_answer_gets_through_as_a_bare_exception(between: Between, gcp: Gcp, ask: str, status: int) -> None:
    for body in ODD:
        between.status, between.body = status, body
        with suppress(CloudgpuError):
            ASKED[ask](gcp)


def leaves() -> st.SearchStrategy[object]:
    return st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    answer=st.recursive(
        leaves(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["error", "message", "errors", "details", "reason"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    status=st.sampled_from([400, 403, 404, 409]),
)
def test_nor_does_any_other(between: Between, gcp: Gcp, answer: object, status: int) -> None:
    between.status, between.body = status, json.dumps(answer)
    for ask in ASKED.values():
        with suppress(CloudgpuError):
            ask(gcp)


def test_it_is_said_what_it_looks_like(between: Between, gcp: Gcp) -> None:
    between.status, between.body = 403, '{"error": "blocked by the company"}'
    with pytest.raises(PermissionError_) as refused:
        gcp.verify()
    assert "blocked by the company" in refused.value.details
    between.status, between.body = 200, "[]"
    with pytest.raises(NoRouteError, match="is not Compute Engine"):
        gcp.raise_quota(LIMIT, 4, contact="ann@example.com")
