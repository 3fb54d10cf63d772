"""The startup script's stages: how long each takes as a rule, and when it takes too long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """`usually`: from and to, in seconds; `within`: seconds after which it is given up; `source`: of the figures."""

    name: str
    usually: tuple[int, int]
    within: float
    source: str


_NO_WORK = "it writes a file or asks systemd: under a second wherever it was run; the limit is ours"
_LOCK = "the limit leaves room for the ten minutes that apt-get waits for a lock"

STAGES = (
    Stage("boot", (5, 60), 300, "Google's images with a driver: SSH after 30 to 60 s; systemd on a small machine: 4 s"),
    Stage("lifetime", (0, 2), 60, _NO_WORK),
    Stage("host-keys", (0, 2), 60, _NO_WORK),
    Stage("quiet", (0, 5), 180, "systemctl stop waits for an apt run of the first boot, one to two minutes at Amazon"),
    Stage("driver", (60, 180), 1800, f"prebuilt modules, nothing compiled: a download of some 400 MB; {_LOCK}, twice"),
    Stage("nvme", (0, 10), 180, "mkfs.ext4 without discarding takes seconds; Docker's restart one or two"),
    Stage("docker", (20, 60), 1200, f"apt install of Docker measured at 46 s under load, 65 MB; {_LOCK}"),
    Stage("nvidia-container-toolkit", (5, 30), 1200, f"a download of 10 MB and Docker's restart of 1 to 2 s; {_LOCK}"),
    Stage("user", (0, 2), 60, _NO_WORK),
    Stage("prefetch", (60, 300), 2400, "4 GB took 122 s in one CI at Amazon, 12 GB about 2 min within a region"),
    Stage("done", (0, 2), 60, _NO_WORK),
)
_BY_NAME = {stage.name: stage for stage in STAGES}
WITHIN = 3600.0  # for all of them together


def known(name: str) -> Stage:
    """The stage of this name; for one that another version of the script has, something patient."""
    return _BY_NAME.get(name) or Stage(name, (0, 120), 1200, "not in the table")


def slowness(name: str, seconds: float) -> str:
    """Empty while it is within what is usual; then `usually takes 1-3 minutes; 4 min so far`."""
    stage = known(name)
    if seconds <= max(10, stage.usually[1]):  # a moment that lasts a little longer is no news
        return ""
    return f"usually takes {_span(*stage.usually)}; {_so_far(seconds)} so far"


def too_long(name: str, seconds: float) -> str:
    """Empty, or what to say of a stage that is given up."""
    stage = known(name)
    if seconds <= stage.within:
        return ""
    return f"stage {name} took more than {_so_far(stage.within)} (usually {_span(*stage.usually)})"


def _span(least: int, most: int) -> str:
    if most < 10:
        return "a moment"
    if most < 120:
        return f"{least}-{most} seconds" if least else f"up to {most} seconds"
    return f"{round(least / 60)}-{round(most / 60)} minutes" if least >= 60 else f"up to {round(most / 60)} minutes"


def _so_far(seconds: float) -> str:
    return f"{int(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
