"""What a launch adds to what it has to wait for: a rehearsal with scripted latencies against their sum.

On the critical path are the creating operation, the boot, the pull, and Jupyter's own start, which belongs to the image
and is measured here by starting it by hand with the same script. Firewall rules are made meanwhile and do not count.
The latencies are shorter than a real cloud's, which makes the ratio larger than it would be there.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Ratio, alternating, command
from cloudgpu.rehearsal.guests import environment
from cloudgpu.rules.startup import container_script

CLOUDGPU = str(Path(sys.executable).with_name("cloudgpu"))
LATENCIES = {"operation_seconds": 8.0, "boot_seconds": 12.0, "pull_seconds": 12.0}
LIMIT = 1.10


def measure(runs: int) -> list[Ratio]:
    found = []
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as home:
        environ = {"CLOUDGPU_HOME": home, "CLOUDGPU_REHEARSAL": "1"}
        command([CLOUDGPU, "rehearsal", "start"], environ)()
        try:
            jupyter = by_hand(Path(home))
            for cloud in ("gcp", "aws"):
                clock(environ, dict.fromkeys(LATENCIES, 0.0))
                round_trip(environ, cloud)  # once for the byte code and the environment
                clock(environ, LATENCIES)
                found.append(one(environ, cloud, jupyter, runs))
        finally:
            command([CLOUDGPU, "rehearsal", "stop"], environ)()
    return found


def one(environ: dict[str, str], cloud: str, jupyter: Callable[[], None], runs: int) -> Ratio:
    begin, end = steps(environ, cloud)
    taken: list[tuple[float, dict[str, float]]] = []

    def launch_and_destroy() -> None:
        began = time.perf_counter()
        said = begin()
        seconds = time.perf_counter() - began
        taken.append((seconds, {step["name"]: step["seconds"] for step in json.loads(said)["steps"]}))
        end()

    _, own_start = alternating(runs, launch_and_destroy, jupyter)
    seconds, where = sorted(taken, key=lambda one: one[0])[runs // 2]
    where["Jupyter by hand, for comparison"] = round(own_start, 3)
    path = sum(LATENCIES.values()) + own_start
    return Ratio(f"launch, {cloud}", "scripted latencies + Jupyter's start", seconds, path, LIMIT, runs, where)


def steps(environ: dict[str, str], cloud: str) -> tuple[Callable[[], str], Callable[[], str]]:
    name = f"bench-{cloud}"
    return (
        command([CLOUDGPU, "launch", name, "--provider", cloud, "--gpu", "T4", "--yes", "--json"], environ),
        command([CLOUDGPU, "destroy", name, "--yes"], environ),
    )


def round_trip(environ: dict[str, str], cloud: str) -> None:
    for step in steps(environ, cloud):
        step()


def clock(environ: dict[str, str], seconds: dict[str, float]) -> None:
    status = json.loads(command([CLOUDGPU, "rehearsal", "status", "--json"], environ)())
    request = urllib.request.Request(f"{status['gce_endpoint']}/_rehearsal/clock", json.dumps(seconds).encode())
    with urllib.request.urlopen(request, timeout=20):
        pass


def by_hand(folder: Path) -> Callable[[], None]:
    """Starts Jupyter as a container of a rehearsal does, waits until it takes the token, and ends it."""
    found = environment.ensure()
    token = folder / "token"
    token.write_text(secrets.token_hex(24))
    script = folder / "start-jupyter.sh"
    script.write_bytes(container_script())

    def run() -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with tempfile.TemporaryDirectory(dir=folder) as home, (folder / "jupyter.log").open("w") as log:
            environ = {
                **os.environ,
                "PATH": f"{Path(found.prefix) / 'bin'}:{os.environ['PATH']}",
                "HOME": home,  # a new one each time, as a new machine's is
                "CLOUDGPU_IP": "127.0.0.1",
                "CLOUDGPU_PORT": str(port),
                "CLOUDGPU_ROOT": home,
                "CLOUDGPU_TOKEN_FILE": str(token),
            }
            process = subprocess.Popen(["sh", script], env=environ, stdout=log, stderr=log, start_new_session=True)
            try:
                wait_for(f"http://127.0.0.1:{port}/api/status?token={token.read_text()}", process)
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)

    return run


def wait_for(url: str, process: subprocess.Popen[bytes], within: float = 120) -> None:
    end = time.monotonic() + within
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("Jupyter did not start by hand")
