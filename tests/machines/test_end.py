"""The machine ends itself when its time is over, and its cloud hears of it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines.guests import MachineGuests
from cloudgpu.rehearsal.world import GuestSpec, Identity
from cloudgpu.rules.startup import render


@pytest.mark.usefixtures("can_have_machines")
def test_a_lifetime_that_is_over_ends_the_machine(tmp_path: Path) -> None:
    end, off = datetime.now(timezone.utc) + timedelta(seconds=8), threading.Event()
    metadata = {"startup-script": render(expires_at=end, user="cloudgpu")}
    facts = {"id": "1", "project": "rehearsal", "zone": "us-central1-a", "type": "n1-standard-4"}
    identity = Identity("gcp", facts, off.set, attributes=lambda: metadata, brings="everything")
    guests = MachineGuests(tmp_path, Faults())
    try:
        guests.boot(GuestSpec("gcp-1", "otter", "cloudgpu", (), ("Tesla T4",), identity=identity))
        assert off.wait(60), guests.console("gcp-1")[-3000:]
        assert guests.running() == () and guests.door("gcp-1") is None
        assert datetime.now(timezone.utc) >= end
        assert "cloudgpu startup: running lifetime" in guests.console("gcp-1")
    finally:
        guests.close()
