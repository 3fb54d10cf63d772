"""The tables of situations on both clouds, end to end: the command line as a process against the embedded cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from tests.e2e.clouds import Amazon, Cloud, Clouds, Google
from tests.e2e.person import Person
from tests.e2e.situations import LAUNCHED, PLANNED, REFUSED, Situation


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clouds]:
    clouds = Clouds(tmp_path_factory.mktemp("clouds"))
    yield clouds
    client.stop(clouds.folder)


@pytest.fixture
def cloud(clouds: Clouds, situation: Situation) -> Iterator[Cloud]:
    """The one that the situation is about."""
    cloud: Cloud = Google(clouds) if situation.provider == "gcp" else Amazon(clouds)
    cloud.as_new()
    cloud.inserts()
    yield cloud
    cloud.as_new()


@pytest.fixture
def person(clouds: Clouds, tmp_path: Path) -> Person:
    """Somebody new: what earlier launches learnt is not known here."""
    person = Person(tmp_path / "home", rehearse=False)
    person.env |= clouds.environment()
    return person


def come_about(situation: Situation, clouds: Clouds, cloud: Cloud, person: Person) -> list[str]:
    """Bring it about; the arguments to type."""
    if situation.settings:
        cloud.set(situation.settings)
    for fault in situation.faults:
        clouds.post("/_rehearsal/faults", {"cloud": situation.provider, **fault})
    folder = person.home.parent
    for name, content in situation.files.items():
        (folder / name).write_text(content.format(key=ACCESS_KEY, secret=SECRET_KEY), encoding="utf-8")
    for name, value in situation.env.items():
        person.env.pop(name, None)
        person.env |= {name: value.format(folder=folder)} if value != "-" else {}
    where = ["--provider", situation.provider, "--ssh-cidr", "127.0.0.1/32"]
    return ["launch", "x", *where, *situation.type.split()]


def each(table: Sequence[Situation]) -> pytest.MarkDecorator:
    ids = [f"{one.provider}: {one.name}" for one in table]
    return pytest.mark.parametrize("situation", table, ids=ids)


@each(REFUSED)
def test_what_cannot_be_bought_is_said_with_the_remedy(
    situation: Situation, clouds: Clouds, cloud: Cloud, person: Person
) -> None:
    done = person.run(*come_about(situation, clouds, cloud, person), "--yes")
    assert done.returncode == situation.exit, done.stderr
    for words in (*situation.says, "Next: "):
        assert words in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert situation.inserts in (None, cloud.inserts())
    assert clouds.billed() == []
    assert person.json("ps") == []


@each(PLANNED)
def test_what_a_plan_makes_of_it(situation: Situation, clouds: Clouds, cloud: Cloud, person: Person) -> None:
    done = person.run(*come_about(situation, clouds, cloud, person), "--dry-run", "--json")
    assert done.returncode == situation.exit, done.stderr
    plan = json.loads(done.stdout)
    for path, value in situation.plan.items():
        assert at(plan, path) == value, plan
    assert cloud.inserts() == 0


@each(LAUNCHED)
def test_there_is_a_way_and_it_is_taken(situation: Situation, clouds: Clouds, cloud: Cloud, person: Person) -> None:
    done = person.run(*come_about(situation, clouds, cloud, person), "--yes", "--json")
    try:
        assert done.returncode == situation.exit, done.stderr
        assert json.loads(done.stdout)["zone"] == situation.zone
        for words in situation.says:
            assert words in done.stderr, done.stderr
        assert situation.inserts in (None, cloud.inserts())
        assert sorted(row["kind"] for row in clouds.billed()) == sorted(cloud.bill)
        if situation.then:
            afterwards(situation, clouds, person)
    finally:
        cloud.as_new()
        person.run("destroy", "--all", "--yes")
    assert clouds.billed() == []


def afterwards(situation: Situation, clouds: Clouds, person: Person) -> None:
    """What is done to the machine then, and what a person sees of it."""
    for fault in situation.then_faults:
        clouds.post("/_rehearsal/faults", {"cloud": situation.provider, **fault})
    done = person.run(*situation.then.split())
    assert done.returncode == situation.then_exit, done.stderr
    for words in situation.then_says:
        assert words in done.stdout + done.stderr, done.stderr


def at(document: Any, path: str) -> object:
    """The value at a path of keys and places; keys may have dots of their own at the end."""
    head, _, rest = path.partition(".")
    found = document[int(head)] if isinstance(document, list) else document[head]
    return at(found, rest) if rest else found


@pytest.mark.parametrize("provider", ["gcp", "aws"])
def test_there_are_enough_situations_and_no_two_of_a_name(provider: str) -> None:
    names = [one.name for one in (*REFUSED, *PLANNED, *LAUNCHED) if one.provider == provider]
    assert len(names) == len(set(names)) >= 30
