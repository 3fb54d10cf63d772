"""What the embedded clouds refuse, as a person sees it: status, words, a remedy, nothing bought."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.person import Launching, Person

NO_T4 = {"quotas": {"NVIDIA_T4_GPUS": 0}}
SOME_T4 = {"quotas": {"NVIDIA_T4_GPUS": 8}}


def launch(person: Person, *args: str) -> subprocess.CompletedProcess[str]:
    done = person.run("launch", "x", "--yes", *args)
    assert "Traceback" not in done.stderr
    assert "Next: " in done.stderr
    assert person.ledger()["billable"] == 0
    assert person.json("ps") == []
    return done


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--provider", "gcp", "--zone", "us-centrall1-a"], "Did you mean us-central1-a"),
        (["--provider", "gcp", "--region", "us-wst1"], "Did you mean us-west1"),
        (["--provider", "gcp", "--instance-type", "n1-standrd-4"], "Did you mean n1-standard-4"),
        (["--provider", "aws", "--region", "us-eats-1"], "Did you mean us-east-1"),
        (["--provider", "aws", "--instance-type", "g4dn.xlrge"], "Did you mean g4dn.xlarge"),
    ],
)
def test_places_and_types_that_are_misspelt(person: Person, args: list[str], words: str) -> None:
    done = launch(person, *args)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr


def test_a_project_that_does_not_exist(person: Person) -> None:
    done = launch(person, "--provider", "gcp", "--gpu", "T4", "--project", "no-such-project")
    assert done.returncode == 5, done.stderr
    assert "no-such-project" in done.stderr


def test_an_api_that_is_not_enabled(person: Person) -> None:
    person.post("/_rehearsal/gcp", {"projects": {"cloudgpu-rehearsal": {"compute_api": False, "billing": True}}})
    try:
        done = launch(person, "--provider", "gcp", "--gpu", "T4")
    finally:
        person.post("/_rehearsal/gcp", {"projects": {"cloudgpu-rehearsal": {"compute_api": True, "billing": True}}})
    assert done.returncode == 5, done.stderr
    assert "gcloud services enable compute.googleapis.com" in done.stderr


def test_quotas_of_zero(person: Person) -> None:
    person.post("/_rehearsal/gcp", NO_T4)
    person.post("/_rehearsal/aws", {"quotas": {"L-DB2E81BA": 0}})
    try:
        google = launch(person, "--provider", "gcp", "--gpu", "T4")
        amazon = launch(person, "--provider", "aws", "--gpu", "T4")
    finally:
        person.post("/_rehearsal/gcp", SOME_T4)
        person.post("/_rehearsal/aws", {"quotas": {"L-DB2E81BA": 64}})
    assert (google.returncode, amazon.returncode) == (3, 3), google.stderr + amazon.stderr
    assert "NVIDIA_T4_GPUS" in google.stderr
    assert "servicequotas" in amazon.stderr or "service-quotas" in amazon.stderr


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"operation": "docker pull", "effect": "error", "message": "manifest unknown"}, 8, "could not be pulled"),
        ({"operation": "docker run", "effect": "error", "message": "no such device"}, 8, "did not start"),
        ({"operation": "docker exec", "effect": "error", "message": "nvidia-smi: not found"}, 8, "does not see a GPU"),
        ({"operation": "startup script", "effect": "error", "message": "docker 17"}, 7, "startup script"),
    ],
)
def test_what_fails_on_the_machine(person: Person, fault: dict[str, object], status: int, words: str) -> None:
    person.post("/_rehearsal/faults", {"cloud": "guest", **fault})
    done = launch(person, "--provider", "gcp", "--gpu", "T4")
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert str(fault["message"]).split()[0] in done.stderr


def test_a_dry_run_says_where_values_came_from_and_buys_nothing(person: Person) -> None:
    told = person.json("launch", "x", "--provider", "gcp", "--dry-run", CLOUDGPU_GPU="T4")
    assert told["sources"] == {"provider": "flag", "gpu": "environment"}
    assert told["offers"][0]["gpu"] == {"type": "T4", "count": 1}
    assert person.json("ps") == []
    assert "Nothing was bought" in person.ok("launch", "x", "--provider", "aws", "--gpu", "T4", "--dry-run")


def test_launch_can_go_straight_on_to_the_tunnel(person: Person) -> None:
    launching = Launching(person, "straight", "--provider", "aws", "--gpu", "T4", "--yes", "--tunnel")
    launching.until("forward 127.0.0.1:")
    launching.interrupt()
    assert launching.end() == 130
    assert [row["name"] for row in person.json("ps")] == ["straight"]
    port = person.json("tunnel", "straight", "--background")["local_port"]
    taken = person.run("tunnel", "straight", "--local-port", str(port))
    assert taken.returncode == 9
    assert f"Port {port}" in taken.stderr
    again = person.run("tunnel", "straight", "--background")
    assert again.returncode == 2
    assert "already" in again.stderr
    assert [row["state"] for row in person.json("tunnel", "--status")] == ["up"]
    person.ok("destroy", "straight", "--yes")
    assert person.json("tunnel", "--status") == []
