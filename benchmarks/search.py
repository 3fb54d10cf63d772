"""What passing many places without capacity adds to their own refusals: one question for each, and nothing else to wait
for. Measured is the step `create instance` of a rehearsed launch against the sum of the latencies that were set.

Google Cloud: twenty dry zones, and one that is not. AWS: capacity in the last of 18 pairs of instance type and zone, in
three regions.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Ratio, command
from benchmarks.start import CLOUDGPU

REFUSAL_SECONDS, OPERATION_SECONDS = 2.0, 1.0
LIMIT = 1.10
Offer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """`wanted`: the options of the launch. `dry`: which offers of its plan have nothing, and `rule` how the embedded
    cloud is told so. `asked` finds each question in its log: the place that it was about."""

    cloud: str
    what: str
    refusals: int
    wanted: Sequence[str]
    dry: Callable[[Sequence[Offer]], Sequence[Offer]]
    rule: Callable[[Offer], dict[str, str]]
    asked: re.Pattern[str]


def _first_zones(offers: Sequence[Offer]) -> list[Offer]:
    by_zone = {offer["zone"]: offer for offer in reversed(offers)}
    zones = dict.fromkeys(offer["zone"] for offer in offers)
    return [by_zone[zone] for zone in zones][:20]


_AWS_ZONES = ("us-east-1a", "us-east-1b", "us-east-2a", "us-east-2b", "us-west-2a", "us-west-2b")
CASES = (
    Case(
        cloud="gcp",
        what="20 dry zones, gcp",
        refusals=20,
        wanted=("--gpu", "T4"),
        dry=_first_zones,
        rule=lambda offer: {"zone": offer["zone"]},
        asked=re.compile(r"POST /compute/v1/projects/[^/]+/zones/([^/]+)/instances\?"),
    ),
    Case(
        cloud="aws",
        what="17 of 18 pairs dry, aws",
        refusals=17,
        wanted=("--gpu", "T4", "--max-price", "1.50", *(part for one in _AWS_ZONES for part in ("--zone", one))),
        dry=lambda offers: offers[:-1],
        rule=lambda offer: {"zone": offer["zone"], "type": offer["instance_type"]},
        asked=re.compile(r"ec2\.front: RunInstances (\S+ \S+ \S+)"),
    ),
)


def measure(runs: int) -> list[Ratio]:
    return [_measured(case, runs) for case in CASES]


def _measured(case: Case, runs: int) -> Ratio:
    due = case.refusals + 1
    taken, asked = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as home:
            environ = {"CLOUDGPU_HOME": home, "CLOUDGPU_REHEARSAL": "1"}
            command([CLOUDGPU, "rehearsal", "start"], environ)()
            try:
                taken.append(_search(case, environ))
                asked.append(case.asked.findall((Path(home) / "rehearsal" / "daemon.log").read_text()))
            finally:
                command([CLOUDGPU, "rehearsal", "stop"], environ)()
    for places in asked:
        if len(places) != due or len(set(places)) != due:
            raise SystemExit(f"{len(places)} questions in {len(set(places))} places, where {due} in as many were due")
    path = case.refusals * REFUSAL_SECONDS + OPERATION_SECONDS
    base = "their refusals' own latencies + one insert's"
    return Ratio(case.what, base, median(taken), path, LIMIT, runs, {"inserts": due})


def _search(case: Case, environ: dict[str, str]) -> float:
    """The seconds of the search; the instance is destroyed again."""
    wanted = [CLOUDGPU, "launch", "bench", "--provider", case.cloud, *case.wanted, "--json", "--yes"]
    dry = case.dry(json.loads(command([*wanted, "--dry-run"], environ)())["offers"])
    _post(environ, "clock", {"operation_seconds": OPERATION_SECONDS})
    rules = [case.rule(offer) for offer in dry]
    _post(environ, case.cloud, {"capacity": {"dry": rules, "hint": False, "seconds": REFUSAL_SECONDS}})
    made = json.loads(command(wanted, environ)())
    command([CLOUDGPU, "destroy", "bench", "--yes"], environ)()
    if len(made["attempts"]) != case.refusals:
        raise SystemExit(f"{len(made['attempts'])} refusals where {case.refusals} were due")
    return float(next(step["seconds"] for step in made["steps"] if step["name"] == "create instance"))


def _post(environ: dict[str, str], what: str, document: object) -> None:
    status = json.loads(command([CLOUDGPU, "rehearsal", "status", "--json"], environ)())
    request = urllib.request.Request(f"{status['gce_endpoint']}/_rehearsal/{what}", json.dumps(document).encode())
    with urllib.request.urlopen(request, timeout=20):
        pass


if __name__ == "__main__":
    began = time.perf_counter()
    print(measure(1), round(time.perf_counter() - began, 1))
