"""The tables of situations on Google Cloud, end to end: the command line as a process against the embedded cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.rehearsal import client
from tests.e2e.person import Person
from tests.e2e.situations import LAUNCHED, PLANNED, PROJECT, REFUSED, Situation

_INSERT = re.compile(r"POST /compute/v1/projects/[^/]+/zones/[^/]+/instances\?")


class Google:
    """The embedded cloud, reached as if it were the real one: without `--rehearse`, by the usual variables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running = client.start(folder)
        self._read = 0

    def post(self, path: str, document: object) -> Any:
        return client.call(self.running, "POST", path, document)

    def inserts(self) -> int:
        """How many machines were asked for since the last time."""
        text = (self.folder / "daemon.log").read_text()
        new, self._read = text[self._read :], len(text)
        return len(_INSERT.findall(new))

    def billed(self) -> list[Any]:
        return [row for row in client.status(self.folder)["ledger"] if row["ended_at"] is None]

    def as_new(self) -> None:
        client.call(self.running, "DELETE", "/_rehearsal/faults")
        self.post("/_rehearsal/gcp", {"projects": {PROJECT: None}})
        self.post(
            "/_rehearsal/gcp",
            {"projects": {PROJECT: {}}, "capacity": None, "images": {"retired": []}, "quotas": self.limits},
        )

    @property
    def limits(self) -> Any:
        from cloudgpu.rehearsal.gce.settings import DEFAULTS

        return dict(DEFAULTS)


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Google]:
    google = Google(tmp_path_factory.mktemp("clouds"))
    yield google
    client.stop(google.folder)


@pytest.fixture
def google(clouds: Google) -> Iterator[Google]:
    clouds.as_new()
    clouds.inserts()
    yield clouds
    clouds.as_new()


@pytest.fixture
def person(google: Google, tmp_path: Path) -> Person:
    """Somebody new: what earlier launches learnt is not known here."""
    person = Person(tmp_path / "home", rehearse=False)
    person.env |= {name: value for name, value in client.environment(google.running, google.folder).items() if value}
    return person


def come_about(situation: Situation, google: Google, person: Person) -> list[str]:
    """Bring it about; the arguments to type."""
    if situation.settings:
        google.post("/_rehearsal/gcp", situation.settings)
    for fault in situation.faults:
        google.post("/_rehearsal/faults", fault)
    for name, value in situation.env.items():
        person.env.pop(name, None)
        person.env |= {name: value} if value != "-" else {}
    return ["launch", "x", "--provider", "gcp", "--ssh-cidr", "127.0.0.1/32", *situation.type.split()]


def by_name(situation: Situation) -> str:
    return situation.name


@pytest.mark.parametrize("situation", REFUSED, ids=by_name)
def test_what_cannot_be_bought_is_said_with_the_remedy(situation: Situation, google: Google, person: Person) -> None:
    done = person.run(*come_about(situation, google, person), "--yes")
    assert done.returncode == situation.exit, done.stderr
    for words in (*situation.says, "Next: "):
        assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert situation.inserts in (None, google.inserts())
    assert google.billed() == []
    assert person.json("ps") == []


@pytest.mark.parametrize("situation", PLANNED, ids=by_name)
def test_what_a_plan_makes_of_it(situation: Situation, google: Google, person: Person) -> None:
    done = person.run(*come_about(situation, google, person), "--dry-run", "--json")
    assert done.returncode == situation.exit, done.stderr
    plan = json.loads(done.stdout)
    for path, value in situation.plan.items():
        assert at(plan, path) == value, plan
    assert google.inserts() == 0


@pytest.mark.parametrize("situation", LAUNCHED, ids=by_name)
def test_there_is_a_way_and_it_is_taken(situation: Situation, google: Google, person: Person) -> None:
    done = person.run(*come_about(situation, google, person), "--yes", "--json")
    try:
        assert done.returncode == situation.exit, done.stderr
        made = json.loads(done.stdout)
        assert made["zone"] == situation.zone
        for words in situation.says:
            assert words in done.stderr, done.stderr
        assert situation.inserts in (None, google.inserts())
        assert sorted(row["kind"] for row in google.billed()) == ["disk", "instance"]
    finally:
        client.call(google.running, "DELETE", "/_rehearsal/faults")
        google.post("/_rehearsal/gcp", {"projects": {PROJECT: {}}, "capacity": None})
        person.run("destroy", "--all", "--yes")
    assert google.billed() == []


def at(document: Any, path: str) -> object:
    """The value at a path of keys and places; keys may have dots of their own at the end."""
    head, _, rest = path.partition(".")
    found = document[int(head)] if isinstance(document, list) else document[head]
    return at(found, rest) if rest else found


def test_there_are_enough_situations_and_no_two_of_a_name() -> None:
    names = [one.name for one in (*REFUSED, *PLANNED, *LAUNCHED)]
    assert len(names) == len(set(names)) >= 30
