"""One machine whose power goes at random moments while it installs everything: `python -m tests.machines.cuts 5 7`.

Prints what was so in the end as JSON; the first number is how often, the second begins the dice.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines.guests import MachineGuests
from cloudgpu.rehearsal.world import GuestSpec, Identity
from cloudgpu.rules.startup import render

LONGEST_SECONDS = 5.0


def cut(home: Path, times: int, seed: int) -> dict[str, Any]:
    """Alternates between a reboot that is asked for and a plug that is pulled, then lets it come to its end."""
    dice, off = random.Random(seed), threading.Event()
    script = render(expires_at=None, user="cloudgpu")
    metadata = {"startup-script": script, "ssh-keys": "cloudgpu:ssh-ed25519 AAAA x", "enable-guest-attributes": "TRUE"}
    facts = {"id": "1", "project": "rehearsal", "zone": "us-central1-a", "type": "n1-standard-4"}
    identity = Identity("gcp", facts, off.set, attributes=lambda: metadata)
    guests = MachineGuests(home, Faults())
    try:
        guests.boot(GuestSpec("gcp-1", "otter", "cloudgpu", (), ("Tesla T4",), identity=identity))
        state = home / "guests/gcp-1/root/var/lib/cloudgpu"
        moments = []
        for number in range(times):
            time.sleep(dice.uniform(0.5, LONGEST_SECONDS))
            moments.append(_status(state))
            if moments[-1] == "done":
                break
            (guests.reboot if number % 2 else guests.cut)("gcp-1")
        end = time.monotonic() + 180
        while _status(state) != "done" and not _status(state).startswith("failed") and time.monotonic() < end:
            time.sleep(0.2)
        log = state.parents[1] / "log/cloudgpu-startup.log"
        return {
            "moments": moments,
            "status": _status(state),
            "stages": (state / "stages").read_text().splitlines(),
            "boots": log.read_text(errors="replace").count("cloudgpu startup: boot"),
            "off": off.is_set(),
            "log": log.read_text(errors="replace").splitlines()[-15:],
        }
    finally:
        guests.close()


def _status(state: Path) -> str:
    try:
        return (state / "status").read_text().strip()
    except OSError:
        return "not begun"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cloudgpu-cuts-") as folder:
        print(json.dumps(cut(Path(folder), int(sys.argv[1]), int(sys.argv[2])), indent=1))


if __name__ == "__main__":
    main()
