"""The startup script run for real: its stages, what it leaves behind, and what becomes of a failure."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloudgpu.errors import MachineError
from cloudgpu.retry import until
from cloudgpu.rules.startup import render
from tests.startup.machine import FOR_EVER, STAGES, Machine


def test_a_machine_that_has_everything_is_done_without_installing(machine: Machine) -> None:
    done = machine.boot(FOR_EVER)
    assert (done.returncode, machine.status) == (0, "done"), machine.log
    assert machine.asked("apt-get") == []
    assert [line[0] for line in machine.stages] == STAGES
    assert {line[3] for line in machine.stages} == {"done"}
    assert re.fullmatch(r"\d{10} \d+\.\d", " ".join(machine.stages[0][1:3]))
    assert re.match(r"cloudgpu startup: boot 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", machine.log)
    assert [line for line in machine.console.splitlines() if "KEY" not in line] == [
        *(f"cloudgpu startup: running {stage}" for stage in STAGES), "cloudgpu startup: done"
    ]  # fmt: skip
    assert (done.stdout, done.stderr) == ("", ""), "what a cloud's agent would put onto the console"
    assert oct((machine.state / "status").stat().st_mode)[-3:] == "644"


def test_done_is_done_once(machine: Machine) -> None:
    machine.boot(FOR_EVER)
    machine.asked("usermod")
    again = machine.boot(FOR_EVER)
    assert (again.returncode, machine.status, machine.asked("usermod")) == (0, "done", [])
    assert [line[0] for line in machine.stages] == [*STAGES, "lifetime", "host-keys"]
    assert machine.console.splitlines()[-1] == "cloudgpu startup: done"


def test_a_failure_names_the_stage_and_the_line_and_is_tried_again(machine: Machine) -> None:
    machine.stub("usermod", "echo no such group >&2; exit 6")
    assert machine.boot(FOR_EVER).returncode == 6
    line = 1 + next(n for n, text in enumerate(FOR_EVER.splitlines()) if text.startswith("usermod "))
    assert machine.status == f"failed user {line}"
    assert "no such group" in machine.log
    head, *output = machine.failure
    assert head == f"user {line} 6" and output[-1] == "no such group"
    told = machine.console.splitlines()
    assert told[-len(machine.failure) - 1 :] == [
        f"cloudgpu startup: failed user {line}", *(f"cloudgpu startup| {text}" for text in machine.failure)
    ]  # fmt: skip
    assert machine.stages[-1][0] == "user" and machine.stages[-1][3] == "failed"
    machine.stub("usermod")
    machine.boot(FOR_EVER)
    assert machine.status == "done"
    assert not (machine.state / "failure").exists()
    assert machine.console.splitlines()[-1] == "cloudgpu startup: done"


def test_a_stage_that_failed_and_works_later_has_both_lines(machine: Machine) -> None:
    machine.stub("usermod", "exit 6")
    machine.boot(FOR_EVER)
    machine.stub("usermod")
    machine.boot(FOR_EVER)
    assert [line[3] for line in machine.stages if line[0] == "user"] == ["failed", "done"]
    assert [line[0] for line in machine.stages].count("docker") == 1, "what was over is looked at again, and not told"


def test_records_that_cannot_be_written_stop_nothing(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert machine.boot(FOR_EVER, CLOUDGPU_STATE_DIR=str(tmp_path / "file" / "state")).returncode == 0
    assert machine.boot(FOR_EVER, CLOUDGPU_LOG="/dev/full").returncode == 0
    assert machine.console.splitlines()[-1] == "cloudgpu startup: done"


def test_a_second_run_waits_for_the_first_and_finds_all_done(machine: Machine) -> None:
    gate = machine.folder / "gate"
    os.mkfifo(gate)
    machine.calls.touch()
    machine.stub("usermod", f"read -r _ <{gate}")
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(machine.boot, FOR_EVER) for _ in range(2)]
        until(
            lambda: "usermod" in machine.calls.read_text(), within=30, otherwise=lambda: MachineError("-", remedy="-")
        )
        with open(os.open(gate, os.O_RDWR), "w") as opened:  # waits for no reader
            opened.write("go on\n")
            opened.flush()
            assert [run.result().returncode for run in runs] == [0, 0]
    assert machine.status == "done"
    assert machine.asked("usermod") == ["usermod --append --groups docker cloudgpu"]


def test_the_account_is_made_where_the_cloud_has_not_made_it_yet(machine: Machine) -> None:
    machine.boot(render(expires_at=None, user="nobody-by-this-name"))
    assert machine.asked("useradd") == ["useradd --create-home --shell /bin/bash nobody-by-this-name"]
    assert machine.status == "done"
