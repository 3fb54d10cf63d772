"""launch, tunnel, a cell in the kernel, destroy, an empty ledger: the promise of the README, for each cloud."""

from __future__ import annotations

import pytest

from cloudgpu.remote.kernel import run_cell
from tests.e2e.person import Person, status_of

CLOUDS = {
    "gcp": ("compute.instances.insert", "ZONE_RESOURCE_POOL_EXHAUSTED"),
    "aws": ("RunInstances", "InsufficientInstanceCapacity"),
}


def whole_road(person: Person, cloud: str) -> dict[str, object]:
    name = f"road-{cloud}"
    made: dict[str, object] = person.json("launch", name, "--provider", cloud, "--gpu", "T4", "--yes")
    assert made["state"] == "running"
    assert made["rehearsal"] is True
    tunnel = person.json("tunnel", "--background")  # there is but one: its name may be left out
    base, _, token = tunnel["url"].partition("/lab?token=")
    assert status_of(f"{base}/api/status?token={token}") == 200
    assert status_of(f"{base}/api/status") == 403
    assert "42" in run_cell(tunnel["local_port"], token, "print(6 * 7)")
    again = person.json("launch", name, "--provider", cloud, "--gpu", "T4", "--yes")
    assert again["id"] == made["id"]
    assert [row["name"] for row in person.json("ps", "--refresh")] == [name]
    assert person.json("status", name)["jupyter"]["ready"] is True
    receipt = person.ok("destroy", "--yes")
    assert name in receipt
    ledger = person.ledger()
    assert ledger["billable"] == 0
    assert {row["cloud"] for row in ledger["ledger"] if row["ended_at"]} >= {cloud}
    assert person.json("ps", "--refresh") == []
    return made


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_whole_road(person: Person, cloud: str) -> None:
    whole_road(person, cloud)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_three_zones_out_of_stock_before_the_fourth(person: Person, cloud: str) -> None:
    operation, code = CLOUDS[cloud]
    fault = {"cloud": cloud, "operation": operation, "effect": "error", "code": code, "message": "sold out", "times": 3}
    person.post("/_rehearsal/faults", fault)
    made = whole_road(person, cloud)
    attempts = made["attempts"]
    assert isinstance(attempts, list)
    assert [one["code"] for one in attempts] == [code] * 3
    assert len({one["zone"] for one in attempts}) == 3
    assert made["zone"] not in {one["zone"] for one in attempts}
    launched = [row for row in person.ledger()["ledger"] if row["cloud"] == cloud and row["kind"] == "instance"]
    assert len({row["id"] for row in launched if made["id"] in (row["id"], made["id"])}) >= 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_lost_answer_makes_no_second_instance(person: Person, cloud: str) -> None:
    operation, _ = CLOUDS[cloud]
    before = {row["id"] for row in person.ledger()["ledger"] if row["kind"] == "instance"}
    person.post("/_rehearsal/faults", {"cloud": cloud, "operation": operation, "effect": "lost_response", "times": 1})
    made = person.json("launch", f"lost-{cloud}", "--provider", cloud, "--gpu", "T4", "--yes")
    now = {row["id"] for row in person.ledger()["ledger"] if row["kind"] == "instance"}
    assert len(now - before) == 1
    assert made["attempts"] == []
    person.ok("destroy", f"lost-{cloud}", "--yes")
    assert person.ledger()["billable"] == 0
