"""A machine ends at its time, whatever else goes wrong on it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

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


def test_a_machine_that_boots_after_its_time_powers_off_at_once(machine: Machine) -> None:
    machine.boot(render(expires_at=datetime.now(timezone.utc) - timedelta(days=1), user="cloudgpu"))
    assert machine.asked("systemctl")[3] == "systemctl --no-block start cloudgpu-expiry.service"


def test_a_full_disk_does_not_keep_the_machine_from_ending(machine: Machine) -> None:
    machine.file("etc/systemd/system", "a file where the folder would be: nothing can be written")
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
