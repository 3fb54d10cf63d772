from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.person import Person


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """One state folder and one rehearsal for a module."""
    person = Person(tmp_path_factory.mktemp("home"))
    yield person
    person.close()


@pytest.fixture
def person(shared: Person) -> Iterator[Person]:
    """The module's person; whatever a test left is destroyed after it, and its faults are forgotten."""
    yield shared
    shared.calm()
    if shared.json("ps"):
        shared.run("tunnel", "--stop")
        shared.ok("destroy", "--all", "--yes")
