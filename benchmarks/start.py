"""How soon the command line answers: `--help`, and `ps` with ten instances, against importing click."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

from benchmarks.measure import Ratio, alternating, command
from cloudgpu.model import Gpu, Instance, InstanceRef, Origin, State
from cloudgpu.store.sqlite import SqliteStore

CLOUDGPU = str(Path(sys.executable).with_name("cloudgpu"))
LIMIT = 2.5
PS_LIMIT = 3.5


def measure(runs: int) -> list[Ratio]:
    base = [sys.executable, "-c", "import click"]
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as home:
        fill(Path(home), 10)
        help_, ps = [CLOUDGPU, "--help"], [CLOUDGPU, "ps"]
        acts = [command(argv, {"CLOUDGPU_HOME": home}) for argv in (base, help_, ps)]
        for act in acts:
            act()  # once for the byte code
        base_seconds, help_seconds, ps_seconds = alternating(runs, *acts)
    return [
        Ratio("cloudgpu --help", 'python -c "import click"', help_seconds, base_seconds, LIMIT, runs),
        Ratio("cloudgpu ps, ten instances", 'python -c "import click"', ps_seconds, base_seconds, PS_LIMIT, runs),
    ]


def fill(home: Path, count: int) -> None:
    """A store that knows `count` instances."""
    store = SqliteStore(home, say=print)
    try:
        for number in range(count):
            ref = InstanceRef(f"bench-{number}", f"cbench{number:04d}", "us-central1", "us-central1-a", str(number))
            instance = Instance(
                ref,
                "gcp",
                "n1-standard-4",
                Gpu("T4"),
                State.RUNNING,
                datetime.now(timezone.utc),
                hourly=Decimal("0.54"),
            )
            record = store.reserve(ref.name, ref.launch_id, Origin("gcp", project="bench"))
            store.save(replace(record, instance=instance, ready=True, jupyter_port=8888))
    finally:
        store.close()
