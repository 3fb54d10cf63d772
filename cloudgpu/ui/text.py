"""Small things about text on a screen."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from typing import TextIO

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Without escape sequences and control characters: what a machine or a cloud wrote may not steer the terminal."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Clean, and every run of white space one blank."""
    return " ".join(clean(text).split())


def amount(usd: Decimal) -> str:
    """`0.54`, `1.00`, `0.8048`: two decimals, or as many as there are."""
    whole, _, rest = f"{usd:f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def money(usd: Decimal | None) -> str:
    """`0.54 USD`, or `unknown`."""
    return "unknown" if usd is None else f"{amount(usd)} USD"


def let_go(stream: TextIO) -> None:
    """Whoever read it has gone: what is written to it from now on goes nowhere, and nobody stumbles over it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def moment(when: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return when.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in which the cells stand below each other, two blanks apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
