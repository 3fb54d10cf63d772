"""A damaged file is set aside with a message, and the work goes on in a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudgpu.model import Origin
from cloudgpu.store import damage
from tests.store.conftest import Opened

GCP = Origin("gcp")


def garbage(file: Path) -> None:
    file.write_bytes(b"this is no database at all" * 200)


def torn_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    file.write_bytes(bytes(content))


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def lost_table(file: Path) -> None:
    db = sqlite3.connect(file)
    db.execute("drop table record")
    db.close()


@pytest.mark.parametrize("spoil", [garbage, torn_pages, cut_short, lost_table])
def test_a_damaged_file_is_kept_and_a_new_one_begun(opened: Opened, spoil: Callable[[Path], None]) -> None:
    opened.open().reserve("quiet-otter", "c1", GCP)
    spoil(opened.file)
    spoilt = opened.file.read_bytes()
    assert opened.open().records() == []
    (aside,) = opened.home.glob("store.damaged-*")
    assert aside.read_bytes() == spoilt
    (said,) = opened.said
    assert str(aside) in said
    assert "cloudgpu ps --refresh" in said
    assert opened.open().reserve("quiet-otter", "c2", GCP).launch_id == "c2"
    assert len(opened.said) == 1


def test_a_reservation_is_made_in_the_new_file(opened: Opened) -> None:
    opened.home.mkdir()
    garbage(opened.file)
    assert opened.open().reserve("quiet-otter", "c1", GCP).launch_id == "c1"
    assert opened.open().load("quiet-otter")
    assert len(opened.said) == 1


def test_an_empty_file_is_no_damage(opened: Opened) -> None:
    opened.home.mkdir()
    opened.file.touch()
    opened.open().reserve("quiet-otter", "c1", GCP)
    assert opened.said == []


def test_the_journal_goes_with_the_damaged_file(opened: Opened) -> None:
    opened.home.mkdir()
    garbage(opened.file)
    opened.file.with_name("store.sqlite-wal").write_bytes(b"stale")
    aside = damage.set_aside(opened.file, opened.file.stat().st_ino)
    assert aside
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"stale"
    assert list(opened.home.glob("store.sqlite*")) == []


def test_the_new_file_of_a_quicker_process_is_left_alone(opened: Opened) -> None:
    opened.home.mkdir()
    garbage(opened.file)
    damaged = opened.file.stat().st_ino
    assert damage.set_aside(opened.file, damaged)
    assert damage.set_aside(opened.file, damaged) is None
    opened.open().reserve("quiet-otter", "c1", GCP)
    assert damage.set_aside(opened.file, damaged) is None
    assert opened.open().load("quiet-otter")


def test_one_unreadable_record_does_not_hide_the_others(opened: Opened) -> None:
    for name in ("one", "two"):
        opened.open().reserve(name, name, GCP)
    db = sqlite3.connect(opened.file)
    db.execute("update record set document = '{}' where name = 'one'")
    db.commit()
    db.close()
    assert [record.name for record in opened.open().records()] == ["two"]
    assert "What was known of one" in opened.said[0]
    assert "cloudgpu ps --refresh" in opened.said[0]
    assert opened.open().reserve("one", "c3", GCP).launch_id == "c3"
