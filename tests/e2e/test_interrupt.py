"""Ctrl-C in every step of a launch: exit 130, and nothing is left."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.e2e.person import Launching, Person, listen, wait_for

# (the step that has just ended, so that the one after it is interrupted, the cloud)
STEPS = [
    ("check the account", "gcp"),
    ("check quotas", "aws"),
    ("check quotas", "gcp"),
    ("create instance", "aws"),
    ("create instance", "gcp"),
    ("get its SSH host keys", "aws"),
    ("get its SSH host keys", "gcp"),
    ("startup script", "aws"),
    ("Docker", "gcp"),
    ("pull image", "aws"),
    ("start container", "gcp"),
]


@pytest.mark.parametrize(("step", "cloud"), STEPS)
def test_ctrl_c_leaves_nothing(person: Person, step: str, cloud: str) -> None:
    person.post("/_rehearsal/clock", {"operation_seconds": 1.0, "boot_seconds": 1.0})
    launching = Launching(person, "cut", "--provider", cloud, "--gpu", "T4", "--yes")
    launching.until(step)
    launching.interrupt()
    assert launching.end() == 130, "".join(launching.lines)
    assert not [line for line in launching.lines if "Traceback" in line]
    assert person.ledger()["billable"] == 0
    assert person.json("ps") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_and_a_polite_kill_undo_the_launch(person: Person, number: signal.Signals) -> None:
    launching = Launching(person, "hung-up", "--provider", "aws", "--gpu", "T4", "--yes")
    launching.until("create instance")
    launching.process.send_signal(number)
    assert launching.end() == 130, "".join(launching.lines)
    assert person.ledger()["billable"] == 0
    assert person.json("ps") == []


def test_a_launch_goes_on_when_nobody_watches_and_can_still_be_undone(person: Person) -> None:
    person.post("/_rehearsal/clock", {"boot_seconds": 3.0})
    launching = subprocess.Popen(
        [sys.executable, "-m", "cloudgpu", "launch", "unwatched", "--provider", "gcp", "--gpu", "T4", "--yes"],
        env=person.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        preexec_fn=listen,
    )  # fmt: skip
    assert launching.stderr is not None
    launching.stderr.readline()
    launching.stderr.close()
    wait_for(lambda: person.ledger()["billable"] > 0)
    launching.send_signal(signal.SIGINT)
    assert launching.wait(60) == 130
    assert person.ledger()["billable"] == 0
    assert person.json("ps") == []


def test_a_killed_launch_is_resumed_and_makes_no_second_instance(person: Person) -> None:
    launching = Launching(person, "killed", "--provider", "gcp", "--gpu", "T4", "--yes")
    launching.until("create instance")
    launching.process.kill()
    launching.end()
    assert person.ledger()["billable"] > 0
    made = person.json("launch", "killed", "--provider", "gcp", "--gpu", "T4", "--yes")
    assert [row["id"] for row in person.json("ps", "--refresh")] == [made["id"]]
    person.ok("destroy", "killed", "--yes")
    assert person.ledger()["billable"] == 0
