"""What SQLite's errors mean for a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cloudgpu.errors import StoreError
from cloudgpu.store.paths import ELSEWHERE

_DAMAGE = ("file is not a database", "malformed", "no such table", "no such column")
_WORDS = (
    ("disk is full", "There is no room left for {path}.", "df -h {folder}"),
    ("disk I/O error", "{path} can neither be read nor written.", "df -h {folder}"),
    ("readonly database", "{path} is read-only.", ELSEWHERE),
    ("unable to open", "{path} cannot be opened.", "ls -ld {folder} {path}"),
    ("is locked", "Another cloudgpu has held {path} for too long.", "ps aux | grep cloudgpu"),
)


def is_damage(error: sqlite3.Error) -> bool:
    """The file is there and is no sound database of ours (Python 3.10 has no error codes, so by SQLite's words)."""
    return any(words in str(error) for words in _DAMAGE)


def is_lock(error: sqlite3.Error) -> bool:
    return "is locked" in str(error)


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The same in our tree; SQLite's own words are its details."""
    fitting = (row[1:] for row in _WORDS if row[0] in str(error))
    brief, remedy = next(fitting, ("{path} cannot be used.", ELSEWHERE))
    return StoreError(
        brief.format(path=path), remedy=remedy.format(path=path, folder=path.parent), code="sqlite", details=str(error)
    )


def made_by_newer(path: Path, details: str) -> StoreError:
    return StoreError(
        f"{path} was made by a newer cloudgpu.", remedy="python -m pip install --upgrade cloudgpu", details=details
    )
