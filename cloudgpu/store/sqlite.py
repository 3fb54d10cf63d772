"""The memo in a SQLite file, safe for several commands at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from cloudgpu.errors import StoreError
from cloudgpu.model import Origin, Record, Refused
from cloudgpu.store import codec, damage, paths, refusals, trouble
from cloudgpu.store.migrate import migrate

T = TypeVar("T")


class SqliteStore:
    """Implements `Store` in `home/store.sqlite` (0600). Nothing is held open between calls, so a file that another
    process has replaced is noticed.

    `say` is told in one line what the person should know, such as a damaged file that was set aside. `patience`:
    seconds to wait for other processes.
    """

    def __init__(self, home: Path, *, say: Callable[[str], None], patience: float = 15.0) -> None:
        self._path = home / paths.FILE
        self._say = say
        self._patience = patience

    def reserve(self, name: str, launch_id: str, origin: Origin) -> Record:
        fresh = Record(name, launch_id, origin, datetime.now(timezone.utc))

        def work(db: sqlite3.Connection) -> Record:
            known = self._known(db, name)
            if known is None:
                _write(db, fresh)
            return known or fresh

        return self._transact(work)

    def save(self, record: Record) -> None:
        def work(db: sqlite3.Connection) -> None:
            row = db.execute("select launch_id from record where name = ?", (record.name,)).fetchone()
            if row is not None and row[0] != record.launch_id:
                raise StoreError(
                    f"{record.name} belongs to launch {row[0]} by now, not to {record.launch_id}.",
                    remedy="cloudgpu ps --refresh",
                )
            _write(db, record)

        self._transact(work)

    def save_all(self, records: Sequence[Record]) -> Sequence[Record]:
        def work(db: sqlite3.Connection) -> list[Record]:
            owner = dict(db.execute("select name, launch_id from record").fetchall())
            taken = [one for one in records if owner.setdefault(one.name, one.launch_id) != one.launch_id]
            for record in records:
                if owner[record.name] == record.launch_id:
                    _write(db, record)
            return taken

        return self._transact(work)

    def load(self, name: str) -> Record | None:
        return self._transact(lambda db: self._known(db, name))

    def records(self) -> Sequence[Record]:
        def work(db: sqlite3.Connection) -> list[Record]:
            rows = db.execute("select name, document from record order by created_at, name").fetchall()
            read = [self._read(name, document) for name, document in rows]
            return [record for record in read if record is not None]

        return self._transact(work)

    def forget(self, name: str, launch_id: str) -> None:
        self._transact(
            lambda db: db.execute("delete from record where name = ? and launch_id = ?", (name, launch_id)).rowcount
        )

    def remember(self, refused: Refused) -> None:
        self._transact(lambda db: refusals.write(db, refused))

    def refusals(self, origin: Origin, since: datetime) -> Sequence[Refused]:
        return self._transact(lambda db: refusals.read(db, origin, since))

    def close(self) -> None:
        """For `contextlib.closing`: nothing is open."""

    def _known(self, db: sqlite3.Connection, name: str) -> Record | None:
        row = db.execute("select document from record where name = ?", (name,)).fetchone()
        return None if row is None else self._read(name, row[0])

    def _read(self, name: str, document: str) -> Record | None:
        try:
            return codec.decode(document, Record)
        except codec.NewerError as error:
            raise trouble.made_by_newer(self._path, str(error)) from error
        except codec.UnreadableError as error:
            self._say(f"What was known of {name} cannot be read ({error}): cloudgpu ps --refresh finds it again.")
            return None

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do it in one transaction; once more in a new file if this one turns out to be damaged."""
        paths.prepare(self._path.parent)
        for last in (False, True):
            inode = self._begin_file()
            try:
                with self._transaction() as db:
                    return work(db)
            except sqlite3.Error as error:
                if last or not trouble.is_damage(error):
                    raise trouble.store_error(error, self._path) from error
                self._set_aside(inode, error)
        raise AssertionError  # the loop returns or raises

    def _begin_file(self) -> int:
        """Make the file, for this user alone, if there is none; its inode."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise paths.unusable(self._path, error) from error
        try:
            return os.fstat(handle).st_ino
        finally:
            os.close(handle)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None)
        try:
            self._use_wal(db)
            migrate(db, self._path)
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                if db.in_transaction:  # after some errors SQLite has rolled back by itself
                    db.execute("rollback")
                raise
            db.execute("commit")
        finally:
            db.close()

    def _use_wal(self, db: sqlite3.Connection) -> None:
        """SQLite does not wait for others when it changes to WAL, so this does. The file keeps the mode."""
        if _wal(db):
            return
        from cloudgpu.retry import until  # rarely needed, and its import takes longer than all else here

        locked = trouble.store_error(sqlite3.OperationalError("database is locked"), self._path)
        until(lambda: _wal(db), within=self._patience, otherwise=lambda: locked, every=0.02, at_most=0.2)

    def _set_aside(self, inode: int, error: sqlite3.Error) -> None:
        try:
            aside = damage.set_aside(self._path, inode)
        except OSError as refused:
            raise paths.unusable(self._path.parent, refused) from refused
        if aside is not None:
            self._say(
                f"{self._path.name} was damaged ({error}) and is now {aside}. "
                "Your instances are safe; to find them again: cloudgpu ps --refresh"
            )


def _wal(db: sqlite3.Connection) -> bool:
    """False while another process is in the way."""
    try:
        return bool(db.execute("pragma journal_mode = wal").fetchone())
    except sqlite3.OperationalError as error:
        if trouble.is_lock(error):
            return False
        raise


def _write(db: sqlite3.Connection, record: Record) -> None:
    created = record.created_at.astimezone(timezone.utc).isoformat(timespec="microseconds")
    row = (record.name, record.launch_id, created, codec.encode(record))
    db.execute("insert or replace into record (name, launch_id, created_at, document) values (?, ?, ?, ?)", row)
