"""A machine ends at its time, whatever else goes wrong on it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.rules.startup import render
from tests.startup.machine import FOR_EVER, Machine


def test_lifetime_is_armed_before_everything_else_and_at_every_boot(machine: Machine) -> None:
    ends = datetime.now(timezone.utc) + timedelta(hours=8)
    script = render(expires_at=ends, user="cloudgpu")
    machine.stub("docker", "exit 1")
    machine.stub("nvidia-ctk", "exit 9")
    assert machine.boot(script).returncode != 0
    arming = [
        "systemctl daemon-reload",
        "systemctl enable cloudgpu-expiry.timer",
        "systemctl restart cloudgpu-expiry.timer",
    ]
    assert machine.asked("systemctl")[:3] == arming
    units = machine.root / "etc/systemd/system"
    assert f"OnCalendar={ends:%Y-%m-%d %H:%M:%S} UTC\n" in (units / "cloudgpu-expiry.timer").read_text()
    assert f" -lt {int(ends.timestamp())} ]" in (units / "cloudgpu-expiry.service").read_text()

    machine.stub("docker", "echo nvidia")
    assert machine.boot(script).returncode == 0
    machine.asked("systemctl")
    assert machine.boot(script).returncode == 0
    assert machine.asked("systemctl") == arming, "a machine that is done and boots again is armed again"


@pytest.mark.parametrize(("left", "ends"), [(60, []), (-60, ["systemctl poweroff"])], ids=["before", "after"])
def test_the_unit_powers_off_when_the_time_is_over_and_not_before(machine: Machine, left: int, ends: list[str]) -> None:
    machine.boot(render(expires_at=datetime.now(timezone.utc) + timedelta(seconds=left), user="cloudgpu"))
    machine.asked("systemctl")
    unit = (machine.root / "etc/systemd/system/cloudgpu-expiry.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    _, flag, text = shlex.split(command.replace("$$", "$").replace("%%", "%"))
    subprocess.run([machine.bin / "sh", flag, text], env={"PATH": str(machine.bin)}, check=True)
    assert machine.asked("systemctl") == ends


def test_systemd_understands_the_date(machine: Machine) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not installed")
    ends = datetime(2099, 11, 20, 18, 0, tzinfo=timezone.utc)
    machine.boot(render(expires_at=ends, user="cloudgpu"))
    timer = (machine.root / "etc/systemd/system/cloudgpu-expiry.timer").read_text()
    (date,) = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    said = subprocess.run([analyze, "calendar", date], capture_output=True, text=True, env={"TZ": "Asia/Tokyo"})
    assert "(in UTC): Fri 2099-11-20 18:00:00 UTC" in said.stdout, said.stdout + said.stderr


def test_a_machine_that_boots_after_its_time_powers_off_at_once(machine: Machine) -> None:
    machine.boot(render(expires_at=datetime.now(timezone.utc) - timedelta(days=1), user="cloudgpu"))
    assert machine.asked("systemctl")[3] == "systemctl --no-block start cloudgpu-expiry.service"


@pytest.mark.parametrize("why", ["full", "read-only"])
def test_a_disk_that_takes_nothing_does_not_keep_the_machine_from_ending(machine: Machine, why: str) -> None:
    if why == "full":
        sync = shutil.which("sync")
        machine.write("sync", f'case "$1" in */etc/*) echo "No space left on device" >&2; exit 1;; esac; {sync} "$@"')
    else:
        machine.file("etc/systemd/system", "a file where the folder would be")
    machine.boot(render(expires_at=datetime.now(timezone.utc) + timedelta(hours=8), user="cloudgpu"))
    assert machine.status == "done"
    assert (machine.root / "run/systemd/system/cloudgpu-expiry.timer").exists()
    assert "systemctl restart cloudgpu-expiry.timer" in machine.asked("systemctl")


def test_without_a_lifetime_nothing_is_armed_and_what_an_image_brought_is_removed(machine: Machine) -> None:
    machine.boot(FOR_EVER)
    assert not [line for line in machine.asked("systemctl") if "expiry" in line]
    left = machine.file("etc/systemd/system/cloudgpu-expiry.timer")
    machine.boot(FOR_EVER)
    assert "systemctl disable --now cloudgpu-expiry.timer" in machine.asked("systemctl")
    assert not left.exists()
