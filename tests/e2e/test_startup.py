"""The startup script's way and end, its logs, and the proof of the GPU: what a person sees of them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.person import Launching, Person, listen, wait_for

CLOUDS = ("gcp", "aws")


def fault(person: Person, operation: str, **more: object) -> None:
    person.post("/_rehearsal/faults", {"cloud": "guest", "operation": operation, "effect": "error", **more})


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(("message", "words"), [("docker 17", "Failed to fetch"), ("lifetime 3", "rehearsed failure")])
def test_a_stage_that_fails_ends_the_launch_with_its_log(person: Person, cloud: str, message: str, words: str) -> None:
    """The second fails before the machine has told its host keys: only its console can say so."""
    fault(person, "startup script", message=message)
    done = person.run("launch", "broken", "--provider", cloud, "--gpu", "T4", "--yes")
    stage, line = message.split()
    assert done.returncode == 7, done.stderr
    assert f"The startup script of broken failed in its stage {stage} at line {line}." in done.stderr
    assert words in done.stderr
    assert "Next: " in done.stderr
    assert person.ledger()["billable"] == 0
    assert person.json("ps") == []


def test_the_script_is_followed_while_it_runs(person: Person) -> None:
    fault(person, "startup script", effect="delay", seconds=6, message="driver")
    launching = Launching(person, "slow", "--provider", "gcp", "--gpu", "T4", "--yes", before=["-v"])
    try:
        launching.until("startup script: waiting for driver: Unpacking driver")
        followed = person.ok("logs", "slow", "--startup", "-f")
        assert followed.splitlines()[-1] == "cloudgpu startup: done"
    finally:
        assert launching.end() == 0
    times = {stage["name"]: stage["seconds"] for stage in person.json("status", "slow")["startup"]}
    assert times["driver"] >= 5
    assert any("On the machine: driver" in line for line in launching.lines)


def test_logs_and_the_proof_of_the_gpu(person: Person) -> None:
    person.ok("launch", "seen", "--provider", "aws", "--gpu", "T4", "--yes")
    assert "Jupyter Server" in person.ok("logs")
    assert "Jupyter Server" in person.ok("logs", "seen", "--container")
    assert "cloudgpu startup: done" in person.ok("logs", "--startup")
    assert "SSH HOST KEY KEYS" in person.ok("logs", "--console")
    refused = person.run("logs", "--startup", "--console")
    assert (refused.returncode, "exclude each other" in refused.stderr) == (2, True)
    told = person.ok("check")
    assert "nvidia-smi is a stand-in of the rehearsal" in told
    assert "Not proven: that the driver works." in told
    proof = person.json("check", "seen", "--bench")
    assert (proof["ok"], proof["stand_in"], proof["gpus"][0]["name"]) == (None, True, "Tesla T4 (rehearsal)")
    fault(person, "docker exec", message="Failed to initialize NVML: Unknown Error")
    lost = person.run("check")
    assert lost.returncode == 8, lost.stderr
    assert "lost its GPU" in lost.stderr
    assert "no GPU works in the container" in lost.stdout


def test_what_is_safe_to_mend_is_mended_once_and_told(person: Person) -> None:
    fault(person, "docker run", message='could not select device driver "" with capabilities: [[gpu]]')
    done = person.run("launch", "mended", "--provider", "gcp", "--gpu", "T4", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Docker was started before the NVIDIA Container Toolkit was there: restarting it." in done.stderr


def test_ctrl_c_ends_the_following_quietly(person: Person, tmp_path: Path) -> None:
    person.ok("launch", "watched", "--provider", "gcp", "--gpu", "T4", "--yes")
    out = tmp_path / "out"
    with out.open("w") as file:
        follower = subprocess.Popen(
            [sys.executable, "-m", "cloudgpu", "logs", "-f"],
            stdout=file, stderr=subprocess.PIPE, text=True, env=person.env, stdin=subprocess.DEVNULL, preexec_fn=listen,
        )  # fmt: skip
    try:
        wait_for(lambda: "Jupyter Server" in out.read_text())
        follower.send_signal(signal.SIGINT)
        _, said = follower.communicate(timeout=30)
    finally:
        follower.kill()
        follower.wait()
    assert (follower.returncode, said) == (130, "")
