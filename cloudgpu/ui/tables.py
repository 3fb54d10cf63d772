"""Lists for people. A table that the terminal is too narrow for becomes one block for each row: nothing is cut."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cloudgpu.model import Record
from cloudgpu.rules import cost
from cloudgpu.rules.duration import short
from cloudgpu.ui.text import columns, money

_PS = ("NAME", "PROVIDER", "TYPE", "GPU", "STATE", "AGE", "COST", "EXPIRES", "URL")
_LEDGER = {
    "CLOUD": "cloud",
    "KIND": "kind",
    "ID": "id",
    "NAME": "name",
    "BEGAN": "started_at",
    "ENDED": "ended_at",
    "USD": "usd",
}


def ps(records: Sequence[Record], *, now: datetime, tunnels: Mapping[str, int], width: int | None = None) -> str:
    """The instances. `tunnels`: the local port of each name whose tunnel is open. `width` None: the terminal's."""
    if not records:
        return "No instances."
    return table(_PS, [_row(record, now, tunnels) for record in records], width=width)


def rehearsal(found: Mapping[str, Any], *, width: int | None = None) -> str:
    """The document of `rehearsal status --json` for people."""
    if found["running"]:
        lines = [
            f"Compute Engine at {found['gce_endpoint']}, EC2 at {found['aws_endpoint']}; {found['guests']} guests.",
        ]
    else:
        lines = ["The rehearsal clouds do not run. cloudgpu rehearsal start"]
    ledger = [tuple(str(row[key] or "-") for key in _LEDGER.values()) for row in found["ledger"]]
    if ledger:
        lines.append(table(tuple(_LEDGER), ledger, width=width))
    lines.append(f"{found['billable']} of these would still be billed." if ledger else "The ledger is empty.")
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Aligned columns, or blocks of `HEAD  value` lines where those are wider than `width`."""
    room = _terminal_width() if width is None else width
    lines = columns([head, *rows])
    if room is None or max(len(line) for line in lines) <= room:
        return "\n".join(lines)
    return "\n\n".join("\n".join(columns(list(zip(head, row, strict=True)))) for row in rows)


def _row(record: Record, now: datetime, tunnels: Mapping[str, int]) -> tuple[str, ...]:
    provider = record.origin.provider + (" (rehearsal)" if record.origin.rehearsal else "")
    port = tunnels.get(record.name)
    url = f"http://127.0.0.1:{port}/" if port else "-"
    one = record.instance
    if one is None:
        return (record.name, provider, "-", "-", "unfinished", _age(record.created_at, now), "-", "-", url)
    gpu = f"{one.gpu.count} x {one.gpu.type}" + (" spot" if one.spot else "")
    spent = cost.so_far(one.hourly, one.created_at, now)
    return (
        record.name,
        provider,
        one.instance_type,
        gpu,
        one.state.value if record.ready else f"{one.state.value}, unfinished",
        _age(one.created_at, now),
        money(spent),
        _expiry(one.expires_at, now),
        url,
    )


def _age(since: datetime, now: datetime) -> str:
    return short(max(0.0, (now - since).total_seconds()))


def _expiry(expires_at: datetime | None, now: datetime) -> str:
    if expires_at is None:
        return "never"
    left = (expires_at - now).total_seconds()
    return f"in {short(left)}" if left > 0 else "now"


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
