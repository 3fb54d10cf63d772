"""A rehearsal that was killed leaves machines behind, and the next one of its folder ends them first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.guests.machines import namespaces
from tests.machines.bed import left

HOLDING = """\
import sys
from pathlib import Path
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines.guests import MachineGuests
from cloudgpu.rehearsal.world import GuestSpec, Identity

guests = MachineGuests(Path(sys.argv[1]), Faults())
try:
    if sys.argv[2] == "hold":
        facts = {"id": "i-0123456789abcdef0"}
        guests.boot(GuestSpec("aws-i-1", "otter", "ubuntu", (), (), identity=Identity("aws", facts, print)))
        while guests.door("aws-i-1") is None:
            pass
        print("open", flush=True)
        sys.stdin.read()
finally:
    guests.close()
"""


def _run(home: Path, what: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", HOLDING, str(home), what]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("can_have_machines")
def test_the_next_one_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    with _run(tmp_path, "hold") as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "open\n"
        killed.kill()
    assert left(tmp_path)
    with _run(tmp_path, "close") as following:
        assert following.wait(60) == 0
    assert left(tmp_path) == []


@pytest.mark.usefixtures("can_have_machines")
def test_to_stop_what_was_killed_ends_its_machines(tmp_path: Path) -> None:
    with _run(tmp_path, "hold") as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "open\n"
        killed.kill()
    assert left(tmp_path)
    assert not client.stop(tmp_path)
    assert left(tmp_path) == []


@pytest.mark.usefixtures("can_have_machines")
def test_two_run_side_by_side(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        home.mkdir()
    with _run(homes[0], "hold") as one, _run(homes[1], "hold") as two:
        for each in (one, two):
            assert each.stdout is not None and each.stdout.readline() == "open\n"
        assert namespaces.name_of(homes[0]) != namespaces.name_of(homes[1])
        for each in (one, two):
            assert each.stdin is not None
            each.stdin.close()
            assert each.wait(60) == 0
    assert left(tmp_path) == left(homes[0]) == left(homes[1]) == []
