"""The beginning and the end of a guest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cloudgpu.errors import ContainerError
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.environment import Environment
from cloudgpu.rehearsal.guests.process import ProcessGuests
from cloudgpu.rehearsal.guests.stand_ins.processes import MARK, marked
from cloudgpu.rehearsal.world import GuestSpec
from cloudgpu.rules import own_script
from cloudgpu.rules.startup_log import on_console
from tests.rehearsal_guests.conftest import lodging, wait

DETACHED = "docker run -d --name nb img sh -c 'sleep 1000 & env -i sleep 1000'; nohup sleep 1000 >/dev/null 2>&1 &"


def test_halt_ends_every_process_and_removes_the_folder(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodge:
        lodge.run(DETACHED)
        wait(lambda: len(marked(str(lodge.folder))) >= 4)
        lodge.guests.halt(lodge.id)
        assert not marked(str(lodge.folder))
        assert not lodge.folder.exists()
        assert lodge.guests.door(lodge.id) is None
        assert "Power off." in lodge.guests.console(lodge.id)
        assert lodge.run("true").returncode == 255
        lodge.guests.halt(lodge.id)
        assert lodge.guests.running() == ()


def test_a_guest_takes_its_time_to_boot_and_can_be_halted_meanwhile(tmp_path: Path) -> None:
    guests = ProcessGuests(tmp_path, Clock(boot_seconds=60), Faults())
    try:
        guests.boot(GuestSpec("aws-i-1", "h", "u", (), ()))
        assert guests.door("aws-i-1") is None
        assert guests.running() == ("aws-i-1",)
        guests.halt("aws-i-1")
        assert guests.running() == ()
        with pytest.raises(ValueError, match="no guest id"):
            guests.boot(GuestSpec("../x", "h", "u", (), ()))
    finally:
        guests.close()


def test_a_boot_and_a_startup_script_can_fail(tmp_path: Path) -> None:
    faults = Faults()
    faults.add(
        {"cloud": "guest", "operation": "boot", "effect": "error", "match": {"guest": "gcp-1"}, "message": "dead"}
    )
    faults.add({"cloud": "guest", "operation": "startup script", "effect": "error", "message": "docker 12"})
    guests = ProcessGuests(tmp_path, Clock(boot_seconds=0), faults)
    try:
        for id in ("gcp-1", "gcp-2"):
            guests.boot(GuestSpec(id, "h", "u", (), ()))
        wait(lambda: guests.door("gcp-2"))
        status = guests._folder / "gcp-2/var/lib/cloudgpu/status"
        wait(lambda: status.read_text() == "failed docker 12\n")
        failure = (status.parent / "failure").read_text().splitlines()
        assert failure[0] == "docker 12 100"
        assert failure[-1].startswith("E: Unable to fetch some archives")
        assert [line.split()[0] for line in (status.parent / "stages").read_text().splitlines()][-2:] == [
            "nvme",
            "docker",
        ]
        seen = on_console(guests.console("gcp-2").splitlines())
        assert seen is not None
        assert (seen.word, seen.stage, seen.line) == ("failed", "docker", "12")
        assert seen.failure.splitlines() == failure[1:]
        assert "dead" in guests.console("gcp-1")
        assert guests.door("gcp-1") is None
    finally:
        guests.close()


def test_a_script_that_fails_before_the_host_keys_leaves_the_door_shut(tmp_path: Path) -> None:
    faults = Faults()
    faults.add({"cloud": "guest", "operation": "startup script", "effect": "error", "message": "lifetime 4"})
    guests = ProcessGuests(tmp_path, Clock(boot_seconds=0), faults)
    try:
        guests.boot(GuestSpec("gcp-1", "h", "u", (), ()))
        wait(lambda: "cloudgpu startup| lifetime 4 100" in guests.console("gcp-1"))
        assert guests.door("gcp-1") is None
        assert "SSH HOST KEY" not in guests.console("gcp-1")
    finally:
        guests.close()


def test_a_machine_without_a_gpu_has_no_gpu(tmp_path: Path) -> None:
    with lodging(tmp_path, gpus=()) as lodge:
        assert lodge.run("nvidia-smi -L").returncode == 127
        done = lodge.run("docker run --rm --gpus all img true")
        assert 'could not select device driver "" with capabilities: [[gpu]]' in done.stderr


def test_kill_minus_nine_of_the_daemon_leaves_no_process(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, tests.rehearsal_guests.conftest as c\n"
        "with c.lodging(pathlib.Path(sys.argv[1])) as lodge:\n"
        f"    lodge.run({DETACHED!r})\n"
        "    print('ready', flush=True)\n"
        "    lodge.run('echo; sleep 1000')\n"
    )
    daemon = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert daemon.stdout
    try:
        assert daemon.stdout.readline() == "ready\n"
        guests = str(tmp_path / "guests")
        wait(lambda: len(marked(guests)) >= 4)
        keepers = [pid for pid in _children(daemon.pid) if "keeper" in _words(pid)]
        assert keepers
    finally:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        daemon.stdout.close()
    wait(lambda: not marked(guests))
    wait(lambda: not any("keeper" in _words(pid) for pid in keepers))


def test_what_a_crash_left_is_ended_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "guests" / "gcp-1"
    folder.mkdir(parents=True)
    left = subprocess.Popen(["sleep", "1000"], env={**os.environ, MARK: str(folder)}, start_new_session=True)
    wait(lambda: marked(str(folder)))
    ProcessGuests(tmp_path, Clock(), Faults()).close()
    assert left.wait(10) == -signal.SIGKILL
    assert not folder.exists()


def _children(parent: int) -> list[int]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, above in map(str.split, listing.splitlines()) if int(above) == parent]


def _words(pid: int) -> str:
    return subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def test_a_connection_can_be_cut_or_kept_waiting(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodge:
        for effect in ("reset", "delay"):
            lodge.faults.add({"cloud": "guest", "operation": "ssh", "effect": effect, "seconds": 0.2})
        assert lodge.run("true").returncode == 255
        assert lodge.run("true").returncode == 0


def test_a_pull_takes_as_long_as_the_clock_says_once(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodge:
        lodge.guests._clock.pull_seconds = 1.5
        began = time.monotonic()
        assert lodge.run("docker pull img").returncode == 0
        assert time.monotonic() - began > 1.5
        lodge.guests._clock.pull_seconds = 600
        assert lodge.run("docker pull img").returncode == 0  # there already


def test_a_startup_script_of_the_users_own_does_not_touch_this_computer(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodge:
        done = lodge.run(f"cd; mkdir .cloudgpu; echo 'touch ran' > {own_script.PATH}; {' '.join(own_script.RUN)}; ls")
    assert "WARNING: this is a rehearsal" in done.stdout
    assert "ran" not in done.stdout.split()


def test_a_stand_in_whose_daemon_is_gone_says_so(tmp_path: Path) -> None:
    with lodging(tmp_path) as lodge:
        done = lodge.here("CLOUDGPU_REHEARSAL_CONTROL=127.0.0.1:9 docker pull img")
    assert done.returncode == 1
    assert "Cannot connect to the Docker daemon" in done.stderr


def test_an_environment_that_cannot_be_had_fails_the_pull(tmp_path: Path) -> None:
    def none() -> Environment:
        raise ContainerError("No registry.", remedy="pip install it")

    guests = ProcessGuests(tmp_path, Clock(boot_seconds=0), Faults(), ensure=none)
    try:
        with pytest.raises(ContainerError):
            guests.warm()
    finally:
        guests.close()
    with lodging(tmp_path) as lodge:
        lodge.guests._control._ensure = none
        done = lodge.run("docker pull img")
    assert done.returncode == 1
    assert "No registry." in done.stderr
