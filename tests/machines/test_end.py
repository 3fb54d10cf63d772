"""The machine ends itself when its time is over, and its cloud hears of it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines.guests import MachineGuests
from cloudgpu.rehearsal.world import Brings, GuestSpec, Identity
from cloudgpu.rules.startup import render


@pytest.mark.usefixtures("can_have_machines")
@pytest.mark.parametrize(("brings", "room"), [("everything", ""), ("driver", "120m")])
def test_a_lifetime_that_is_over_ends_the_machine(tmp_path: Path, brings: Brings, room: str) -> None:
    """Also one whose disk is full before Docker is on it."""
    end, off = datetime.now(timezone.utc) + timedelta(seconds=8 if not room else 20), threading.Event()
    end = end.replace(microsecond=0)  # no finer than the timer
    metadata = {"startup-script": render(expires_at=end, user="cloudgpu")}
    facts = {"id": "1", "project": "rehearsal", "zone": "us-central1-a", "type": "n1-standard-4"}
    identity = Identity("gcp", facts, off.set, attributes=lambda: metadata, brings=brings)
    faults = Faults()
    if room:
        faults.add({"cloud": "guest", "operation": "disk", "effect": "error", "code": room})
    guests = MachineGuests(tmp_path, faults)
    try:
        guests.boot(GuestSpec("gcp-1", "otter", "cloudgpu", (), ("Tesla T4",), identity=identity))
        assert off.wait(60), guests.console("gcp-1")[-3000:]
        assert guests.running() == () and guests.door("gcp-1") is None
        assert datetime.now(timezone.utc) >= end
        console = guests.console("gcp-1")
        assert "cloudgpu startup: running lifetime" in console
        if room:
            assert "cloudgpu startup: failed docker" in console
            assert "No space left on device" in console
    finally:
        guests.close()
