"""The memo is damaged or used by two commands at once: no machine is lost."""

from __future__ import annotations

from tests.e2e.person import Launching, Person


def test_a_damaged_store_is_set_aside_and_instances_are_found_again(person: Person) -> None:
    made = person.json("launch", "kept", "--provider", "aws", "--gpu", "T4", "--yes")
    for file in person.home.glob("store.sqlite*"):
        file.write_bytes(b"this is no database" * 500)
    done = person.run("ps")
    assert done.returncode == 0
    assert "is now" in done.stderr
    assert "cloudgpu ps --refresh" in done.stderr
    assert [row["id"] for row in person.json("ps", "--refresh")] == [made["id"]]
    tunnel = person.json("tunnel", "kept", "--background")
    assert tunnel["state"] == "up"
    person.ok("destroy", "kept", "--yes")
    assert person.ledger()["billable"] == 0


def test_two_launches_at_once_and_one_name_twice(person: Person) -> None:
    one = Launching(person, "one", "--provider", "gcp", "--gpu", "T4", "--yes")
    two = Launching(person, "two", "--provider", "aws", "--gpu", "T4", "--yes")
    one.until("check the account")
    twin = person.run("launch", "one", "--provider", "gcp", "--gpu", "T4", "--yes")
    assert twin.returncode == 1
    assert "Another cloudgpu command is at work on one" in twin.stderr
    assert one.end() == 0, one.lines
    assert two.end() == 0, two.lines
    assert sorted(row["name"] for row in person.json("ps", "--refresh")) == ["one", "two"]
