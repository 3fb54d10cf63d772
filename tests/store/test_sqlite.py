"""What the memo promises to one process."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudgpu.errors import StoreError
from cloudgpu.model import Gpu, Instance, InstanceRef, Origin, Record, State
from cloudgpu.protocols import Store
from cloudgpu.store.sqlite import SqliteStore
from tests.store.conftest import Opened

GCP = Origin("gcp", project="p")


def full(record: Record) -> Record:
    ref = InstanceRef(record.name, record.launch_id, "us-central1", "us-central1-a", "123")
    instance = Instance(
        ref,
        "gcp",
        "n1-standard-4",
        Gpu("T4"),
        State.RUNNING,
        record.created_at,
        host="192.0.2.1",
        hourly=Decimal("0.54"),
    )
    return replace(record, tried=(ref,), instance=instance, host_keys=("ssh-ed25519 AAAA",), ready=True)


def test_what_is_saved_is_loaded_by_the_next_command(opened: Opened, store: Store) -> None:
    record = full(store.reserve("quiet-otter", "c1", GCP))
    store.save(record)
    assert opened.open().load("quiet-otter") == record
    assert opened.open().records() == [record]


def test_a_reserved_name_keeps_its_record(store: Store) -> None:
    first = full(store.reserve("quiet-otter", "c1", GCP))
    store.save(first)
    assert store.reserve("quiet-otter", "c2", Origin("aws")) == first


def test_reserve_writes_at_once_and_in_utc(opened: Opened, store: Store) -> None:
    before = datetime.now(timezone.utc)
    record = store.reserve("quiet-otter", "c1", GCP)
    assert opened.open().load("quiet-otter") == record
    assert before <= record.created_at <= datetime.now(timezone.utc)
    assert record == Record("quiet-otter", "c1", GCP, record.created_at)


def test_another_launch_may_not_write_over_it(store: Store) -> None:
    theirs = store.reserve("quiet-otter", "c1", GCP)
    with pytest.raises(StoreError) as caught:
        store.save(replace(theirs, launch_id="c2"))
    assert "c1" in caught.value.brief
    assert caught.value.remedy
    assert store.load("quiet-otter") == theirs


def test_saving_what_was_never_reserved_writes_it_down(store: Store) -> None:
    record = Record("quiet-otter", "c1", GCP, datetime(2026, 3, 1, tzinfo=timezone.utc))
    store.save(record)
    assert store.load("quiet-otter") == record


def test_only_its_own_launch_may_forget_a_name(store: Store) -> None:
    store.reserve("quiet-otter", "c1", GCP)
    store.forget("quiet-otter", "c2")
    assert store.load("quiet-otter")
    store.forget("quiet-otter", "c1")
    store.forget("quiet-otter", "c1")
    assert store.load("quiet-otter") is None
    assert store.reserve("quiet-otter", "c2", GCP).launch_id == "c2"


def test_records_come_oldest_first(store: Store) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    abroad = timezone(timedelta(hours=9))
    for name, moment in (
        ("third", noon),
        ("first", noon - timedelta(hours=2)),
        ("second", (noon - timedelta(hours=1)).astimezone(abroad)),
    ):
        store.save(Record(name, name, GCP, moment))
    assert [record.name for record in store.records()] == ["first", "second", "third"]


def test_nobody_else_may_read_it(opened: Opened, store: SqliteStore) -> None:
    store.reserve("quiet-otter", "c1", GCP)
    assert stat.S_IMODE(opened.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(opened.file.stat().st_mode) == 0o600
    store.close()


def test_the_folder_may_be_removed_between_two_calls(opened: Opened, store: Store) -> None:
    import shutil

    store.reserve("quiet-otter", "c1", GCP)
    shutil.rmtree(opened.home)
    assert store.records() == []
    assert opened.said == []
