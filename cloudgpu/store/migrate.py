"""From an empty file, or an older one, to the schema that this version uses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cloudgpu.store.trouble import made_by_newer

_SCHEMA = Path(__file__).with_name("schema")


def migrations() -> list[str]:
    """The scripts in their order; the first makes version 1 of an empty file."""
    return [one.read_text(encoding="utf-8") for one in sorted(_SCHEMA.glob("*.sql"))]


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date in one transaction. StoreError if a newer version made it.

    Two processes may try at once: the second waits, looks again, and finds nothing left to do.
    """
    scripts = migrations()
    if _version(db) == len(scripts):
        return
    db.execute("begin immediate")
    try:
        version = _version(db)
        if version > len(scripts):
            raise made_by_newer(path, f"schema {version}, known up to {len(scripts)}")
        for number, script in enumerate(scripts[version:], start=version + 1):
            for statement in _statements(script):
                db.execute(statement)
            db.execute(f"pragma user_version = {number}")
    except BaseException:
        if db.in_transaction:  # after some errors SQLite has rolled back by itself
            db.execute("rollback")
        raise
    db.execute("commit")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("pragma user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """One by one, since `executescript` would commit in between."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
