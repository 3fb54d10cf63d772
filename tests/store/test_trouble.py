"""A folder or file that cannot be used is said in words, with something to type."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from cloudgpu.errors import StoreError
from cloudgpu.model import Origin
from cloudgpu.store import migrate, paths
from cloudgpu.store.sqlite import SqliteStore
from cloudgpu.store.trouble import store_error
from tests.store.conftest import Opened

GCP = Origin("gcp")


def error_of(opened: Opened, patience: float = 1.0) -> StoreError:
    with pytest.raises(StoreError) as caught:
        opened.open(patience).reserve("quiet-otter", "c1", GCP)
    assert caught.value.remedy
    return caught.value


def test_another_process_holds_it_for_too_long(opened: Opened) -> None:
    opened.open().reserve("other", "c0", GCP)
    holder = sqlite3.connect(opened.file, isolation_level=None)
    holder.execute("begin immediate")
    try:
        error = error_of(opened, patience=0.2)
    finally:
        holder.close()
    assert "too long" in error.brief
    assert error.details == "database is locked"
    assert opened.open().reserve("quiet-otter", "c1", GCP)


def test_another_process_keeps_a_new_file_to_itself(opened: Opened) -> None:
    opened.home.mkdir()
    holder = sqlite3.connect(opened.file, isolation_level=None)
    holder.execute("begin exclusive")
    try:
        assert "too long" in error_of(opened, patience=0.2).brief
    finally:
        holder.close()


def test_a_folder_in_place_of_the_file(opened: Opened) -> None:
    opened.file.mkdir(parents=True)
    assert str(opened.file) in error_of(opened).brief


def test_a_newer_schema_is_left_as_it_is(opened: Opened) -> None:
    opened.open().reserve("other", "c0", GCP)
    db = sqlite3.connect(opened.file)
    db.execute("pragma user_version = 99")
    db.close()
    error = error_of(opened)
    assert "newer cloudgpu" in error.brief
    assert "--upgrade cloudgpu" in error.remedy
    assert "99" in error.details
    assert opened.said == []


def test_a_record_of_a_newer_version_is_left_as_it_is(opened: Opened) -> None:
    opened.open().reserve("quiet-otter", "c0", GCP)
    db = sqlite3.connect(opened.file)
    db.execute("""update record set document = replace(document, '{"name"', '{"colour":1,"name"')""")
    db.commit()
    db.close()
    error = error_of(opened)
    assert "newer cloudgpu" in error.brief
    assert "colour" in error.details


def _write_with_no_room(home: Path, answers: object) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    try:
        for number in range(500):
            SqliteStore(home, say=print).reserve(f"n{number}", "c1", GCP)
    except StoreError as error:
        answers.put((error.brief, error.remedy))  # type: ignore[attr-defined]  # a queue of multiprocessing


def test_a_file_that_cannot_grow(opened: Opened) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    process = context.Process(target=_write_with_no_room, args=(opened.home, answers))
    process.start()
    brief, remedy = answers.get(timeout=60)
    process.join(30)
    assert str(opened.file) in brief
    assert remedy == f"df -h {opened.home}"
    assert opened.open().records()
    assert opened.said == []


def test_a_full_disk_in_sqlites_own_words(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "small")
    db.execute("pragma max_page_count = 2")
    db.execute("create table t (x)")
    with pytest.raises(sqlite3.OperationalError) as full:
        db.execute("insert into t values (zeroblob(100000))")
    db.close()
    error = store_error(full.value, tmp_path / "store.sqlite")
    assert "no room" in error.brief
    assert error.details == "database or disk is full"
    assert error.remedy == f"df -h {tmp_path}"


def test_a_read_only_file_in_sqlites_own_words(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "file").close()
    db = sqlite3.connect(f"file:{tmp_path / 'file'}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as refused:
        db.execute("create table t (x)")
    db.close()
    error = store_error(refused.value, tmp_path / "store.sqlite")
    assert "read-only" in error.brief
    assert "CLOUDGPU_HOME" in error.remedy


def test_anything_else_keeps_sqlites_words(tmp_path: Path) -> None:
    error = store_error(sqlite3.OperationalError("too many attached databases"), tmp_path / "store.sqlite")
    assert error.details == "too many attached databases"
    assert error.remedy


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = [*migrate.migrations(), "create table extra (x);\ncreate table record (y);\n"]
    monkeypatch.setattr(migrate, "migrations", lambda: scripts)
    db = sqlite3.connect(tmp_path / "file", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate.migrate(db, tmp_path / "file")
    assert db.execute("select count(*) from sqlite_master").fetchone() == (0,)
    assert db.execute("pragma user_version").fetchone() == (0,)
    db.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no room"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not be written"),
        (errno.ENOTDIR, "not a folder"),
        (errno.EIO, "cannot be used"),
    ],
)
def test_what_the_system_says_about_the_folder(number: int, words: str) -> None:
    error = paths.unusable(Path("/srv/state"), OSError(number, os.strerror(number)))
    assert words in error.brief
    assert error.code == errno.errorcode[number]
    assert error.details == os.strerror(number)
    assert error.remedy
