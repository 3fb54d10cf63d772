"""How refusals are written down."""

from __future__ import annotations

from datetime import datetime, timezone

from cloudgpu.model import Attempt, InstanceRef, Origin, Record
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


def test_a_place_without_a_written_answer_comes_first() -> None:
    offers = [offer("mars-1-a"), offer("mars-1-b"), offer("mars-2-a")]
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    tried = tuple(InstanceRef("x", "c1", one.region, one.zone) for one in offers[:2])
    record = Record("x", "c1", Origin("memory"), now, tried=tried, attempts=(DRY,))
    assert [one.zone for one in attempts.unsettled_first(offers, record)] == ["mars-1-b", "mars-1-a", "mars-2-a"]
    assert attempts.unsettled_first(offers, Record("x", "c1", Origin("memory"), now)) == offers
