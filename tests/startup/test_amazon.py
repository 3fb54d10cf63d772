"""The startup script's parts that a machine at Amazon needs, run for real."""

from __future__ import annotations

import subprocess

from tests.startup.machine import FOR_EVER, Machine

DISK = "dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1234"


def test_the_host_keys_are_on_the_console_before_anything_takes_its_time(machine: Machine) -> None:
    console = machine.file("dev/console")
    machine.file("etc/ssh/ssh_host_ed25519_key.pub", "ssh-ed25519 AAAA root@ip\n")
    machine.file("etc/ssh/ssh_host_ed25519_key", "SECRET\n")
    machine.stub("docker", "exit 1")
    machine.stub("systemctl", "exit 1")
    block = "-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAA root@ip\n-----END SSH HOST KEY KEYS-----\n"
    assert machine.boot(FOR_EVER).returncode != 0
    told = console.read_text()
    assert told.index(block) < told.index("cloudgpu startup: running quiet")
    console.write_text("")
    machine.stub("docker", "echo nvidia")
    machine.stub("systemctl")
    assert machine.boot(FOR_EVER).returncode == 0
    console.write_text("")
    assert machine.boot(FOR_EVER).returncode == 0
    assert block in console.read_text() and machine.status == "done", "a machine that comes back tells them again"
    assert "SECRET" not in console.read_text()


def test_docker_goes_to_the_disks_that_amazons_image_has_mounted(machine: Machine) -> None:
    machine.file(DISK)
    machine.stub("mountpoint", 'case "$2" in */opt/dlami/nvme) true;; *) false;; esac')
    assert machine.boot(FOR_EVER).returncode == 0
    calls = machine.calls.read_text().splitlines()
    nvme, kept = machine.root / "opt/dlami/nvme", machine.root / "var/lib"
    mounts = [f"mount --bind {nvme}/{one} {kept}/{one}" for one in ("docker", "containerd")]
    assert [line for line in calls if line.split()[0] in ("mount", "mkfs.ext4")] == mounts
    assert calls.index("systemctl stop docker.socket docker containerd") < calls.index(mounts[0])
    assert calls.index("systemctl start containerd docker") > calls.index(mounts[1])
    unit = (machine.root / "etc/systemd/system/containerd.service.d/cloudgpu-nvme.conf").read_text()
    assert "After=dlami-nvme.service" in unit and "ExecStartPre=-/usr/local/sbin/cloudgpu-nvme" in unit
    assert machine.asked("mount") == mounts
    again = subprocess.run([machine.root / "usr/local/sbin/cloudgpu-nvme"], env={
        "PATH": str(machine.bin), "CLOUDGPU_ROOT": str(machine.root)
    })  # fmt: skip
    assert (again.returncode, machine.asked("mount")) == (0, mounts), "at the next boot, before Docker"


def test_a_disk_that_nobody_mounted_is_made_ready(machine: Machine) -> None:
    disk = machine.file(DISK)
    machine.stub("mountpoint", "false")
    empty = machine.root / "formatted"
    machine.stub("mount", f'[ "$1" = --bind ] || [ -e {empty} ]')
    machine.stub("mkfs.ext4", f"echo >{empty}")
    assert machine.boot(FOR_EVER).returncode == 0
    place = machine.root / "mnt/cloudgpu-nvme"
    calls = [line for line in machine.calls.read_text().splitlines() if line.split()[0] in ("mount", "mkfs.ext4")]
    assert calls[:3] == [f"mount {disk} {place}", f"mkfs.ext4 -q -F {disk}", f"mount {disk} {place}"]
    assert calls[3].startswith(f"mount --bind {place}/docker ")


def test_a_disk_that_cannot_be_used_is_no_failure_and_other_clouds_disks_are_left_alone(machine: Machine) -> None:
    machine.file("dev/disk/by-id/google-local-nvme-ssd-0")
    machine.boot(FOR_EVER)
    assert machine.status == "done"
    assert machine.asked("mount") == []
    (machine.state / "status").unlink()
    machine.file(DISK)
    machine.stub("mountpoint", "false")
    machine.stub("mount", "exit 32")
    machine.stub("mkfs.ext4", "exit 1")
    machine.boot(FOR_EVER)
    assert machine.status == "done"
    assert "systemctl start containerd docker" in machine.asked("systemctl")
