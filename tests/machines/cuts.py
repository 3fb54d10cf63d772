"""One machine whose power goes at random moments while it installs everything: `python -m tests.machines.cuts 5 7`.

Prints what was so in the end as JSON; the first number is how often, the second begins the dice. With one number alone
the machine is booted so often in peace.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines.guests import MachineGuests
from cloudgpu.rehearsal.world import GuestSpec, Identity
from cloudgpu.rules.startup import render
from tests.e2e.person import wait_for

LONGEST_SECONDS = 5.0
BOOT, DONE = "cloudgpu startup: boot", "cloudgpu startup: done\n"


def cut(home: Path, times: int, seed: int) -> dict[str, Any]:
    """Alternates between a reboot that is asked for and a plug that is pulled, then lets it come to its end."""
    dice, off = random.Random(seed), threading.Event()
    with _installing(home, off) as (guests, state):
        moments = []
        for number in range(times):
            time.sleep(dice.uniform(0.5, LONGEST_SECONDS))
            moments.append(_status(state))
            if moments[-1] == "done":
                break
            (guests.reboot if number % 2 else guests.cut)("gcp-1")
        wait_for(lambda: _status(state).partition(" ")[0] in ("done", "failed"), 180)
        log = _log(state)
        return {
            "moments": moments,
            "status": _status(state),
            "stages": (state / "stages").read_text().splitlines(),
            "boots": log.count(BOOT),
            "off": off.is_set(),
            "log": log.splitlines()[-15:],
        }


def hit(home: Path, blows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """In the middle of each stage in turn, its blow: reboot, power cut, or kill, after which it is rebooted."""
    with _installing(home, threading.Event()) as (guests, state):
        hits = 0
        for stage, how in blows:
            before = _log(state).count(BOOT)
            wait_for(lambda: _status(state) in (f"running {stage}", "done"), 60)  # noqa: B023 - it ends in this turn
            hits += _status(state) == f"running {stage}"
            if how == "kill":
                _kill(state)
            (guests.cut if how == "power cut" else guests.reboot)("gcp-1")
            wait_for(lambda: _log(state).count(BOOT) > before, 60)  # noqa: B023 - as above
        wait_for(lambda: _status(state) == "done", 180)
        return {"hits": hits, "stages": (state / "stages").read_text().splitlines(), "log": _log(state)}


def _kill(state: Path) -> None:
    """The script, and what it has begun: whoever holds its lock open."""
    lock = (state / "lock").stat()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/9"), lock):
                os.kill(int(pid), signal.SIGKILL)


def boots(home: Path, times: int) -> dict[str, Any]:
    """Boots so often, each time until the script is through. `seconds`: from the script's begin to its end, by boot."""
    with _installing(home, threading.Event()) as (guests, state):
        seconds = []
        for number in range(1, times + 1):
            if number > 1:
                guests.reboot("gcp-1")
            wait_for(partial(_is_through, state, number), 180)
            seconds.append(_seconds(state))
        return {"seconds": seconds, "stages": (state / "stages").read_text().splitlines()}


@contextmanager
def _installing(home: Path, off: threading.Event) -> Iterator[tuple[MachineGuests, Path]]:
    """A bare machine on Compute Engine that was just switched on, and the folder of its script's state."""
    metadata = {
        "startup-script": render(expires_at=None, user="cloudgpu"),
        "ssh-keys": "cloudgpu:ssh-ed25519 AAAA x",
        "enable-guest-attributes": "TRUE",
    }
    facts = {"id": "1", "project": "rehearsal", "zone": "us-central1-a", "type": "n1-standard-4"}
    identity = Identity("gcp", facts, off.set, attributes=lambda: metadata, brings="nothing")
    guests = MachineGuests(home, Faults())
    try:
        guests.boot(GuestSpec("gcp-1", "otter", "cloudgpu", (), ("Tesla T4",), identity=identity))
        yield guests, home / "guests/gcp-1/root/var/lib/cloudgpu"
    finally:
        guests.close()


def _is_through(state: Path, boot: int) -> bool:
    log = _log(state)
    return log.count(BOOT) == boot and log.endswith(DONE)


def _log(state: Path) -> str:
    try:
        return (state.parents[1] / "log/cloudgpu-startup.log").read_text(errors="replace")
    except OSError:
        return ""


def _seconds(state: Path) -> float:
    """The lock is opened as the script begins, the log is written to as it ends."""
    begin = (state / "lock").stat().st_mtime
    return round((state.parents[1] / "log/cloudgpu-startup.log").stat().st_mtime - begin, 2)


def _status(state: Path) -> str:
    try:
        return (state / "status").read_text().strip()
    except OSError:
        return "not begun"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-cuts-") as folder:
        times, *seed = map(int, sys.argv[1:])
        print(json.dumps(cut(Path(folder), times, *seed) if seed else boots(Path(folder), times), indent=1))


if __name__ == "__main__":
    main()
