"""How refusals are written down."""

from __future__ import annotations

from cloudgpu.model import Attempt
from cloudgpu.rules import attempts
from cloudgpu.testing.samples import offer

DRY = Attempt("mars-1-a", "rover-4", "capacity", "DRY", "no more")


def test_the_same_refusal_is_counted_with_its_newest_words() -> None:
    newer = Attempt("mars-1-a", "rover-4", "capacity", "DRY", "still no more")
    other = Attempt("mars-1-b", "rover-4", "capacity", "DRY", "no more")
    book = attempts.with_(attempts.with_(attempts.with_((), DRY), other), newer)
    assert [(one.zone, one.message, one.times) for one in book] == [
        ("mars-1-a", "still no more", 2),
        ("mars-1-b", "no more", 1),
    ]


def test_a_place_counts_all_that_it_refused_this_machine_type_for() -> None:
    book = attempts.with_(attempts.with_((), DRY), Attempt("mars-1-a", "rover-4", "quota", "Q", "none", times=2))
    assert attempts.count(book, offer("mars-1-a")) == 3
    assert attempts.count(book, offer("mars-1-a", instance_type="rover-8")) == 0
    assert attempts.count((), offer("mars-1-a")) == 0
