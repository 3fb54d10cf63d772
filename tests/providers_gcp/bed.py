"""The embedded Compute Engine behind a real HTTP server, with guests that are only remembered."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from cloudgpu.model import InstanceRef, InstanceSpec
from cloudgpu.rehearsal.admin import StartResponse, Wsgi
from cloudgpu.rehearsal.gce import app
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.service_account import key_file
from cloudgpu.rehearsal.world import Door, GuestSpec, World
from cloudgpu.testing.samples import HOST_KEY

PROJECT = "cloudgpu-rehearsal"
STOCKOUT = "ZONE_RESOURCE_POOL_EXHAUSTED"


@dataclass
class RememberedGuests:
    """Guests without a machine, whose doors are open at once."""

    kind: str = "remembered"
    booted: dict[str, GuestSpec] = field(default_factory=dict)

    def boot(self, spec: GuestSpec) -> None:
        self.booted[spec.id] = spec

    def door(self, guest_id: str) -> Door | None:
        return Door("127.0.0.1", 2222, (HOST_KEY,)) if guest_id in self.booted else None

    def console(self, guest_id: str) -> str:
        return f"booting {guest_id}\r\n"

    def halt(self, guest_id: str) -> None:
        self.booted.pop(guest_id, None)

    def running(self) -> Sequence[str]:
        return list(self.booted)

    def close(self) -> None:
        self.booted.clear()


class _Counting(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.server.asked.append(self.requestline)  # type: ignore[attr-defined]  # set in `standing`

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing on the terminal."""


@dataclass(frozen=True)
class Asked:
    """One request as it came in; `path` without the query, `body` read as JSON."""

    verb: str
    path: str
    body: Any


@dataclass
class Bed:
    """`asked`: the request lines so far; `seen`: the same with their bodies."""

    world: World
    guests: RememberedGuests
    url: str
    asked: list[str]
    seen: list[Asked]
    configure: Callable[[Mapping[str, object]], object]

    def inserts(self, since: int = 0) -> Counter[str]:
        """How often a machine was asked for, by zone, in `seen[since:]`."""
        posts = [one.path for one in self.seen[since:] if one.verb == "POST" and one.path.endswith("/instances")]
        return Counter(path.split("/")[-2] for path in posts)

    def dry(self, *zones: str, **more: object) -> None:
        """No machine is to be had in these zones (`us-central1-*` is several), until `plenty`. `more`: `hint`,
        `reason`, `details`, `seconds` of the refusals."""
        self.configure({"capacity": {"dry": [{"zone": zone} for zone in zones], **more}})

    def plenty(self) -> None:
        self.configure({"capacity": None})

    def fault(self, operation: str, effect: str, **more: object) -> None:
        self.world.faults.add({"cloud": "gcp", "operation": operation, "effect": effect, **more})

    def sell_out(self, *zones: str) -> None:
        """The next machine asked for in each zone is not to be had."""
        for zone in zones:
            message = (
                f"The zone 'projects/cloudgpu-rehearsal/zones/{zone}' does not have enough resources available to "
                "fulfill the request.  Try a different zone, or try again later."
            )
            self.fault(
                "compute.instances.insert",
                "error",
                match={"zone": zone},
                code=STOCKOUT,
                message=message,
                http_status=503,
                surface="operation",
            )

    def billed(self) -> list[str]:
        return [row["kind"] for row in self.world.ledger.rows() if row["ended_at"] is None]

    def raw(self, path: str) -> requests.Response:
        """What somebody else sees in the project."""
        return self._send("GET", path)

    def post(self, path: str, body: Mapping[str, object]) -> requests.Response:
        """What somebody else makes in the project."""
        return self._send("POST", path, body)

    def post_v1(self, path: str, body: Mapping[str, object]) -> requests.Response:
        """The same in the Cloud Quotas API."""
        url = f"{self.url}/v1/projects/{PROJECT}/locations/global/{path}"
        return requests.post(url, json=body, headers={"Authorization": "Bearer anybody"}, timeout=10)

    def _send(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> requests.Response:
        url = f"{self.url}/compute/v1/projects/{PROJECT}/{path}"
        return requests.request(verb, url, json=body, headers={"Authorization": "Bearer anybody"}, timeout=10)


def ref_of(spec: InstanceSpec) -> InstanceRef:
    return InstanceRef(spec.name, spec.launch_id, spec.offer.region, spec.offer.zone)


def sign_in(patch: pytest.MonkeyPatch, url: str, folder: Path) -> None:
    """As on a computer with a key file and gcloud's override of the endpoint."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GCE_METADATA_HOST"):
        patch.delenv(name, raising=False)
    (folder / "key.json").write_text(key_file(url))
    patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(folder / "key.json"))
    patch.setenv("CLOUDSDK_CONFIG", str(folder))
    patch.setenv("CLOUDGPU_HOME", str(folder))
    patch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", f"{url}/compute/v1/")
    patch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDQUOTAS", f"{url}/")


def _watched(cloud: Wsgi, seen: list[Asked]) -> Wsgi:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        is_json = "json" in environ.get("CONTENT_TYPE", "")
        seen.append(
            Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], json.loads(body) if is_json and body else None)
        )
        return cloud(environ, start_response)

    return application


@contextmanager
def standing(folder: Path) -> Iterator[Bed]:
    guests = RememberedGuests()
    world = World(ledger=Ledger(folder / "ledger.db"), guests=guests)
    world.clock.change({"operation_seconds": 0.05, "boot_seconds": 0})
    cloud = app(world)
    asked: list[str] = []
    seen: list[Asked] = []
    server = make_server("127.0.0.1", 0, _watched(cloud, seen), threaded=True, request_handler=_Counting)
    server.asked = asked  # type: ignore[attr-defined]  # read by `_Counting`
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield Bed(world, guests, f"http://127.0.0.1:{server.server_port}", asked, seen, cloud.configure)
    finally:
        cloud.close()
        server.shutdown()
        serving.join()
        server.server_close()
        world.ledger.shut()
