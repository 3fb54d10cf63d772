"""What a cloud would bill: every instance, disk, address, image, snapshot, with start and end. Survives a crash."""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TypedDict

_TABLE = """create table if not exists ledger (
    cloud text not null, kind text not null, id text not null, name text not null, hourly text not null,
    started_at text not null, ended_at text, ended_by text, primary key (cloud, kind, id))"""


class Row(TypedDict):
    """One line of the ledger; times in RFC 3339 UTC, `usd` what it has cost so far as a decimal string."""

    cloud: str
    kind: str
    id: str
    name: str
    started_at: str
    ended_at: str | None
    ended_by: str | None
    usd: str


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _usd(hourly: str, started_at: str, ended_at: str) -> str:
    begun, ended = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (started_at, ended_at))
    hours = Decimal(str((ended - begun).total_seconds())) / 3600
    return str((Decimal(hourly) * hours).quantize(Decimal("0.000001"), ROUND_HALF_UP))


class Ledger:
    """Thread-safe; each change is on disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute(_TABLE)

    def open(self, cloud: str, kind: str, id: str, name: str, hourly: Decimal) -> None:
        """Billing begins now. `kind`: instance, disk, address, image, snapshot; `hourly` in USD."""
        with self._lock:
            self._db.execute(
                "insert or replace into ledger values (?,?,?,?,?,?,null,null)",
                (cloud, kind, id, name, str(hourly), _now()),
            )

    def close(self, cloud: str, kind: str, id: str, by: str = "deleted") -> None:
        """Billing ends now. Ended already, or never begun, changes nothing."""
        with self._lock:
            self._db.execute(
                "update ledger set ended_at=?, ended_by=? where cloud=? and kind=? and id=? and ended_at is null",
                (_now(), by, cloud, kind, id),
            )

    def close_all(self, by: str) -> int:
        """Billing ends for everything; how many lines that were."""
        with self._lock:
            return self._db.execute(
                "update ledger set ended_at=?, ended_by=? where ended_at is null", (_now(), by)
            ).rowcount

    def rows(self) -> list[Row]:
        """All lines, oldest first."""
        with self._lock:
            found = self._db.execute(
                "select cloud, kind, id, name, hourly, started_at, ended_at, ended_by"
                " from ledger order by started_at, rowid"
            ).fetchall()
        return [
            Row(
                cloud=cloud,
                kind=kind,
                id=id,
                name=name,
                started_at=started_at,
                ended_at=ended_at,
                ended_by=ended_by,
                usd=_usd(hourly, started_at, ended_at or _now()),
            )
            for cloud, kind, id, name, hourly, started_at, ended_at, ended_by in found
        ]

    def billable(self) -> int:
        """How many lines are still running."""
        with self._lock:
            return int(self._db.execute("select count(*) from ledger where ended_at is null").fetchone()[0])

    def shut(self) -> None:
        with self._lock:
            self._db.close()
