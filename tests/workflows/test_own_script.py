"""The user's own startup script: after ours, before the container, once; nothing of it is written down here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudgpu.errors import MachineError, UnreachableError, UsageError
from cloudgpu.model import CommandResult
from cloudgpu.rules import own_script
from cloudgpu.rules.startup_log import PROBE
from cloudgpu.workflows.launch import launch
from cloudgpu.workflows.own_script import read_own_script
from tests.workflows.bench import Bench, healthy

SCRIPT = b"#!/bin/sh\npassword=hunter2\n"


def test_it_is_read_from_its_file(tmp_path: Path) -> None:
    script = tmp_path / "setup.sh"
    script.write_bytes(SCRIPT)
    assert (read_own_script(script), read_own_script(None)) == (SCRIPT, b"")


@pytest.mark.parametrize(("name", "words"), [("nowhere.sh", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be read: {words}"):
        read_own_script(tmp_path / name)


def test_it_runs_as_root_between_ours_and_the_container(bench: Bench) -> None:
    bench.remote = healthy((own_script.RUN, CommandResult(0, "mounted\nWARNING: nearly full\n", "")))
    launch(bench.plan(), bench.deps, own_script=SCRIPT)
    ran = bench.remote.ran
    assert ran.index(list(PROBE)) < ran.index(list(own_script.RUN)) < ran.index(["nvidia-smi", "-L"])
    assert bench.remote.files[own_script.PATH] == SCRIPT
    assert bench.remote.modes[own_script.PATH] == 0o700
    assert "nearly full" in bench.notes()
    assert "hunter2" not in repr((ran, bench.events))
    assert b"hunter2" not in (bench.home / "store.sqlite").read_bytes()


def test_what_ran_to_its_end_does_not_run_again_until_it_is_changed(bench: Bench) -> None:
    def kept(argv: Sequence[str], stdin: bytes) -> CommandResult:
        found = bench.remote.files.get(own_script.DONE)
        return CommandResult(1, "", "No such file") if found is None else CommandResult(0, found.decode(), "")

    ran: list[bytes] = []

    def run(argv: Sequence[str], stdin: bytes) -> CommandResult:
        ran.append(bench.remote.files[own_script.PATH])
        return CommandResult(0, "", "")

    bench.remote = healthy((own_script.RUN, run), (["cat", own_script.DONE], kept))
    for script in (SCRIPT, SCRIPT, SCRIPT + b"true\n"):
        launch(bench.plan(), bench.deps, own_script=script)
    assert ran == [SCRIPT, SCRIPT + b"true\n"]


def test_its_failure_is_the_end_and_nothing_is_left(bench: Bench) -> None:
    bench.remote = healthy((own_script.RUN, CommandResult(3, "", "no such bucket\n")))
    with pytest.raises(MachineError, match="ended with status 3") as caught:
        launch(bench.plan(), bench.deps, own_script=SCRIPT)
    assert caught.value.details == "no such bucket"
    assert "--startup-script FILE" in caught.value.remedy
    assert own_script.DONE not in bench.remote.files
    assert bench.cloud.instances() == []


def test_a_connection_that_breaks_meanwhile_is_no_failure_of_the_script(bench: Bench) -> None:
    def broken(argv: Sequence[str], stdin: bytes) -> CommandResult:
        raise UnreachableError("The connection was lost.", remedy="Once more.")

    bench.remote = healthy((own_script.RUN, broken))
    with pytest.raises(UnreachableError, match="was lost"):
        launch(bench.plan(), bench.deps, own_script=SCRIPT)
