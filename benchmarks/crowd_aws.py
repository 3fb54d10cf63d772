"""An account on AWS with a thousand tagged instances in seventeen regions, for `benchmarks.listing`: prints its
address, and serves until its standard input ends. Two hundred are in the home region, which is the slowest for that.

What is measured is who asks. So each region answers as if it had servers of its own: after a while that is the same for
all, and with an answer that is made once.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.crowd import COUNT
from cloudgpu.rehearsal.ec2.regions import ENABLED
from cloudgpu.rules import names
from tests.rehearsal_ec2.bed import Bed, launch, standing

SLOWEST = "us-east-1"
_THERE = 200
ANSWER_SECONDS = 0.3  # each region's, as across an ocean


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as folder, standing(Path(folder)) as bed:
        bed.front.configure({"quotas": dict.fromkeys(("L-DB2E81BA", "L-1216C47A"), 1_000_000)})
        others = sorted(ENABLED - {SLOWEST})
        for region in (SLOWEST, *others):
            _fill(bed, region, _THERE if region == SLOWEST else (COUNT - _THERE) // len(others))
        server = make_server("127.0.0.1", 0, Regions(bed.front), threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing on the terminal."""


class Regions:
    """The emulated cloud, whose lists are made once for each region and question."""

    def __init__(self, front: Callable[..., Iterable[bytes]]) -> None:
        self._front = front
        self._made: dict[tuple[str, bytes], tuple[str, list[Any], bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        region = str(environ.get("HTTP_AUTHORIZATION", "")).split("/")[2:3]
        key = ("".join(region), body)
        if b"Action=DescribeInstances&" not in body:
            return self._front(environ, start_response)
        if key not in self._made:
            told: list[Any] = []
            said = b"".join(self._front(environ, lambda status, headers: told.extend((status, headers))))
            self._made[key] = (*told, said)
        time.sleep(ANSWER_SECONDS)
        status, headers, said = self._made[key]
        start_response(status, headers)
        return [said]


def _fill(bed: Bed, region: str, count: int) -> None:
    ec2: Any = bed.client("ec2", region)
    sold = ec2.describe_instance_type_offerings(Filters=[{"Name": "instance-type", "Values": ["g4dn.xlarge"]}])
    wanted = "g4dn.xlarge" if sold["InstanceTypeOfferings"] else "t3.micro"
    for number in range(count):
        name = f"crowd-{region}-{number:03d}"
        tags = {
            names.NAME: name,
            names.LAUNCH_ID: name.replace("-", ""),
            names.OWNER: "bench",
            names.EXPIRES: "never",
        }
        marked = {"ResourceType": "instance", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
        launch(bed, ec2, InstanceType=wanted, TagSpecifications=[marked])


if __name__ == "__main__":
    main()
