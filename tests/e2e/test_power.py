"""stop, start, and a machine that somebody has protected: what a person sees."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from cloudgpu.rehearsal import client
from tests.e2e.person import Person, status_of, wait_for

PROJECT = "cloudgpu-rehearsal"


@pytest.mark.parametrize(
    ("cloud", "code"), [("gcp", "ZONE_RESOURCE_POOL_EXHAUSTED"), ("aws", "InsufficientInstanceCapacity")]
)
def test_off_and_on_again_with_the_notebook(person: Person, cloud: str, code: str) -> None:
    made = person.json("launch", "nap", "--provider", cloud, "--gpu", "T4", "--yes")
    off = person.json("stop")
    assert (off["state"], off["host"], off["id"]) == ("stopped", None, made["id"])
    assert [row["kind"] for row in person.ledger()["ledger"] if row["ended_at"] is None] == ["disk"]
    assert person.json("ps", "--refresh")[0]["state"] == "stopped"
    person.post(f"/_rehearsal/{cloud}", {"capacity": {"dry": [{"zone": made["zone"]}]}})
    refused = person.run("start", "nap")
    assert refused.returncode == 4, refused.stderr
    for words in (code, "cannot change its zone", "cloudgpu start nap"):
        assert words in refused.stderr
    person.post(f"/_rehearsal/{cloud}", {"capacity": None})
    on = person.json("start", "nap")
    assert (on["state"], on["id"], on["jupyter"]["ready"]) == ("running", made["id"], True)
    tunnel = person.json("tunnel", "nap", "--background")
    base, _, token = tunnel["url"].partition("/lab?token=")
    assert status_of(f"{base}/api/status?token={token}") == 200
    person.ok("destroy", "nap", "--yes")
    assert person.ledger()["billable"] == 0
    gone = person.run("start", "nap")
    assert gone.returncode == 6, gone.stderr


def test_what_cannot_be_stopped_is_said(person: Person) -> None:
    person.json("launch", "amazon", "--provider", "aws", "--gpu", "T4", "--spot", "--yes")
    done = person.run("stop", "amazon")
    assert done.returncode == 2, done.stderr
    assert "AWS does not stop those" in done.stderr
    assert "cloudgpu destroy amazon" in done.stderr
    person.ok("destroy", "amazon", "--yes")


def test_a_protected_machine_is_not_destroyed_and_the_remedy_lifts_it(person: Person) -> None:
    made = person.json("launch", "kept", "--provider", "gcp", "--gpu", "T4", "--yes")
    protect(person, made, on=True)
    refused = person.run("destroy", "kept", "--yes")
    assert refused.returncode == 1, refused.stderr
    assert "protected against deletion" in refused.stderr
    assert "--no-deletion-protection" in refused.stderr
    assert [row["name"] for row in person.json("ps")] == ["kept"]
    protect(person, made, on=False)
    person.ok("destroy", "kept", "--yes")
    assert person.ledger()["billable"] == 0


def protect(person: Person, made: dict[str, str], *, on: bool) -> None:
    """As somebody does in the console; it holds when this returns."""
    running = client.start(person.home / "rehearsal")
    instance = (
        f"{running.gce_endpoint}/compute/v1/projects/{PROJECT}/zones/{made['zone']}/instances/"
        f"cloudgpu-{made['launch_id']}"
    )

    def ask(method: str, more: str = "") -> Any:
        request = urllib.request.Request(instance + more, method=method, headers={"Authorization": "Bearer anybody"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    ask("POST", f"/setDeletionProtection?deletionProtection={str(on).lower()}")
    wait_for(lambda: ask("GET").get("deletionProtection", False) is on)
