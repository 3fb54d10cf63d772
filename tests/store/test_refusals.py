"""What clouds refused, as the memo keeps it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from cloudgpu.model import Origin, Record, Refused
from cloudgpu.protocols import Store
from tests.store.conftest import Opened

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
GCP = Origin("gcp", project="p")
DRY = Refused(GCP, "us-central1-a", "n1-standard-4", spot=False, permanent=False, code="DRY", at=NOW)


def test_it_is_there_for_the_next_command_and_belongs_to_one_account(opened: Opened, store: Store) -> None:
    store.remember(DRY)
    assert opened.open().refusals(GCP, NOW - timedelta(minutes=5)) == [DRY]
    assert opened.open().refusals(Origin("gcp", project="q"), NOW - timedelta(minutes=5)) == []


def test_a_newer_one_of_the_same_offer_takes_its_place(store: Store) -> None:
    newer = replace(DRY, code="GONE", permanent=True, at=NOW + timedelta(seconds=1))
    spot = replace(DRY, spot=True)
    for one in (DRY, spot, newer):
        store.remember(one)
    assert store.refusals(GCP, NOW) == [spot, newer]


def test_old_ones_are_forgotten(store: Store) -> None:
    store.remember(DRY)
    assert store.refusals(GCP, NOW + timedelta(seconds=1)) == []
    assert store.refusals(GCP, NOW - timedelta(days=1)) == []


def test_one_that_another_version_wrote_does_no_harm(opened: Opened, store: Store) -> None:
    store.remember(DRY)
    with sqlite3.connect(opened.home / "store.sqlite") as db:
        db.execute("update refusal set document = '{}'")
    db.close()
    assert store.refusals(GCP, NOW) == []


def test_many_records_in_one_go_and_none_of_another_launch(store: Store) -> None:
    theirs = store.reserve("quiet-otter", "c1", GCP)
    mine = [Record(name, "c2", GCP, NOW) for name in ("quiet-otter", "merry-seal")]
    twin = Record("merry-seal", "c3", GCP, NOW)
    assert store.save_all([*mine, twin]) == [mine[0], twin]
    assert store.load("quiet-otter") == theirs
    assert store.load("merry-seal") == mine[1]
    changed = replace(mine[1], jupyter_port=8889)
    assert store.save_all([changed]) == []
    assert store.load("merry-seal") == changed
