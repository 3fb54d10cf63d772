"""What google-cloud-compute costs: the CPU time of a whole `cloudgpu destroy` against that of importing the SDK alone.

Everything is in it: the start of the command line, the part of the SDK that is needed, the questions and their answers.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable
from statistics import median

from benchmarks.launch import CLOUDGPU, LATENCIES, clock, steps
from benchmarks.measure import Ratio, command

LIMIT = 0.60
_IMPORT = "from google.cloud import compute_v1"


def measure(runs: int) -> list[Ratio]:
    own: list[float] = []
    base: list[float] = []
    with tempfile.TemporaryDirectory(prefix="cloudgpu-bench-") as home:
        environ = {"CLOUDGPU_HOME": home, "CLOUDGPU_REHEARSAL": "1"}
        command([CLOUDGPU, "rehearsal", "start"], environ)()
        try:
            clock(environ, dict.fromkeys(LATENCIES, 0.0))
            launch, destroy = steps(environ, "gcp")
            whole = command([sys.executable, "-c", _IMPORT])
            for number in range(runs + 1):
                launch()
                taken = cpu(destroy), cpu(whole)
                if number:  # the first is for the byte code
                    own.append(taken[0])
                    base.append(taken[1])
        finally:
            command([CLOUDGPU, "rehearsal", "stop"], environ)()
    return [Ratio("cloudgpu destroy, gcp, CPU", f"CPU of {_IMPORT}", median(own), median(base), LIMIT, runs)]


def cpu(act: Callable[[], object]) -> float:
    """The seconds of processor time, user and system, of the commands that `act` runs to their end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
