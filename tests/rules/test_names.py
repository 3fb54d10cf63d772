"""Names that both clouds take, and marks that say whose a thing is."""

from __future__ import annotations

import random
import re
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgpu.errors import UsageError
from cloudgpu.rules import names
from cloudgpu.testing import samples

LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


@pytest.mark.parametrize("name", ["a", "quiet-otter", "a" * 40, "x1", "a--b"])
def test_valid_names_are_themselves(name: str) -> None:
    assert names.check_name(name) == name


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("My_Run", "my-run"),
        ("1st", "gpu-1st"),
        ("-a-", "a"),
        ("Übung 3", "bung-3"),
        ("", "gpu"),
        ("a" * 41, "a" * 40),
        ("a.b", "a-b"),
    ],
)
def test_others_come_back_with_a_spelling_that_works(name: str, mended: str) -> None:
    with pytest.raises(UsageError) as caught:
        names.check_name(name)
    assert caught.value.remedy == f"cloudgpu launch {mended}"


@given(st.text(max_size=80) | st.from_regex(r"[0-9]{30,50}", fullmatch=True))
def test_the_spelling_offered_is_always_valid(name: str) -> None:
    try:
        assert names.check_name(name) == name
    except UsageError as error:
        offered = error.remedy.removeprefix("cloudgpu launch ")
        assert names.check_name(offered) == offered


def test_new_names_are_valid_and_not_taken() -> None:
    pick = random.Random(7).choice
    taken: list[str] = []
    for _ in range(150):
        taken.append(names.check_name(names.new_name(pick, taken)))
    assert len(set(taken)) == 150


def test_when_every_pair_is_taken_a_number_is_added() -> None:
    assert re.fullmatch(r"amber-badger-\d+", names.new_name(lambda words: words[0], ["amber-badger"]))


def test_when_even_those_are_taken_the_person_is_asked() -> None:
    taken = ["amber-badger", *(f"amber-badger-{n}" for n in range(300))]
    with pytest.raises(UsageError):
        names.new_name(lambda words: words[0], taken)


@given(st.text(), st.text())
def test_an_owner_fits_into_a_label(user: str, computer: str) -> None:
    assert LABEL_VALUE.fullmatch(names.owner_label(user, computer))


def test_marks_fit_into_labels_and_say_all() -> None:
    expires = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    spec = samples.spec(samples.offer(), launch_id="c1", owner="ann_laptop", expires_at=expires)
    assert names.marks(spec) == {
        "cloudgpu-name": "quiet-otter",
        "cloudgpu-launch-id": "c1",
        "cloudgpu-owner": "ann_laptop",
        "cloudgpu-expires": "1772366400",
    }
    assert all(LABEL_VALUE.fullmatch(word) for pair in names.marks(spec).items() for word in pair)


def test_no_expiry_is_never() -> None:
    assert names.expires_label(None) == "never"


@pytest.mark.parametrize(("part", "name"), [("", "cloudgpu-c1"), ("ssh", "cloudgpu-c1-ssh")])
def test_resources_are_named_after_the_launch(part: str, name: str) -> None:
    assert names.resource_name("c1", part) == name
