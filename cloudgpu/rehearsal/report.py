"""`cloudgpu rehearsal status`: what runs, and what a cloud would have billed."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from cloudgpu.rehearsal.files import Running
from cloudgpu.rehearsal.ledger import Ledger, Row


class LedgerLine(TypedDict):
    cloud: str
    kind: str
    id: str
    name: str
    started_at: str
    ended_at: str | None
    usd: str


class Status(TypedDict):
    """`cloudgpu rehearsal status --json`. What is not known because nothing runs is None."""

    running: bool
    gce_endpoint: str | None
    aws_endpoint: str | None
    guests: str | None
    billable: int
    ledger: list[LedgerLine]


def written(path: Path, found: Running | None, guests: str | None) -> Status:
    """`path`: the ledger, which may not be there yet."""
    lines: list[LedgerLine] = []
    billable = 0
    if path.exists():
        ledger = Ledger(path)
        lines, billable = [_line(row) for row in ledger.rows()], ledger.billable()
        ledger.shut()
    return Status(
        running=found is not None,
        gce_endpoint=found.gce_endpoint if found else None,
        aws_endpoint=found.aws_endpoint if found else None,
        guests=guests,
        billable=billable,
        ledger=lines,
    )


def _line(row: Row) -> LedgerLine:
    return LedgerLine(
        cloud=row["cloud"],
        kind=row["kind"],
        id=row["id"],
        name=row["name"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        usd=row["usd"],
    )
