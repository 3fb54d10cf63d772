"""What passing twenty zones without capacity adds to their own refusals: one insert for each, and nothing else to wait
for. Measured is the step `create instance` of a rehearsed launch against the sum of the latencies that were set."""

from __future__ import annotations

import json
import re
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from benchmarks.measure import Ratio, command
from benchmarks.start import CLOUDGPU

ZONES, REFUSAL_SECONDS, OPERATION_SECONDS = 20, 2.0, 1.0
LIMIT = 1.10
_INSERT = re.compile(r"POST /compute/v1/projects/[^/]+/zones/([^/]+)/instances\?")


def measure(runs: int) -> list[Ratio]:
    path = ZONES * REFUSAL_SECONDS + OPERATION_SECONDS
    taken, asked = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as home:
            environ = {"CLOUDGPU_HOME": home, "CLOUDGPU_REHEARSAL": "1"}
            command([CLOUDGPU, "rehearsal", "start"], environ)()
            try:
                taken.append(_search(environ))
                asked.append(_INSERT.findall((Path(home) / "rehearsal" / "daemon.log").read_text()))
            finally:
                command([CLOUDGPU, "rehearsal", "stop"], environ)()
    for zones in asked:
        if len(zones) != ZONES + 1 or len(set(zones)) != len(zones):
            raise SystemExit(f"{len(zones)} inserts in {len(set(zones))} zones, where {ZONES + 1} in as many were due")
    what, base = f"{ZONES} dry zones, gcp", "their refusals' own latencies + one insert's"
    return [Ratio(what, base, median(taken), path, LIMIT, runs, {"inserts": ZONES + 1})]


def _search(environ: dict[str, str]) -> float:
    """The seconds of the search; the instance is destroyed again."""
    wanted = [CLOUDGPU, "launch", "bench", "--provider", "gcp", "--gpu", "T4", "--json", "--yes"]
    offers = json.loads(command([*wanted, "--dry-run"], environ)())["offers"]
    zones = list(dict.fromkeys(offer["zone"] for offer in offers))[:ZONES]
    _post(environ, "clock", {"operation_seconds": OPERATION_SECONDS})
    rules = [{"zone": zone} for zone in zones]
    _post(environ, "gcp", {"capacity": {"dry": rules, "hint": False, "seconds": REFUSAL_SECONDS}})
    made = json.loads(command(wanted, environ)())
    command([CLOUDGPU, "destroy", "bench", "--yes"], environ)()
    if len(made["attempts"]) != ZONES:
        raise SystemExit(f"{len(made['attempts'])} refusals where {ZONES} were due")
    return float(next(step["seconds"] for step in made["steps"] if step["name"] == "create instance"))


def _post(environ: dict[str, str], what: str, document: object) -> None:
    status = json.loads(command([CLOUDGPU, "rehearsal", "status", "--json"], environ)())
    request = urllib.request.Request(f"{status['gce_endpoint']}/_rehearsal/{what}", json.dumps(document).encode())
    with urllib.request.urlopen(request, timeout=20):
        pass


if __name__ == "__main__":
    began = time.perf_counter()
    print(measure(1), round(time.perf_counter() - began, 1))
