"""What an account can be like, on either cloud, and what a launch there comes to: the tables beside this file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PREFIX = {"gcp": "", "aws": "aws_"}


@dataclass(frozen=True)
class Situation:
    """One row; what its fields mean stands at the head of the tables."""

    provider: str
    name: str
    type: str
    exit: int
    says: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    inserts: int | None = None
    zone: str | None = None
    plan: Mapping[str, object] = field(default_factory=dict)
    then: str = ""
    then_exit: int = 0
    then_says: Sequence[str] = ()
    then_faults: Sequence[Mapping[str, Any]] = ()


def read(table: str) -> list[Situation]:
    """The rows of a table, Google's and then Amazon's."""
    return [
        Situation(provider, **row)
        for provider, prefix in _PREFIX.items()
        for row in _rows(Path(__file__).with_name(f"{prefix}{table}.toml"))
    ]


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["situation"]
    return rows


REFUSED, PLANNED, LAUNCHED = read("refused"), read("planned"), read("launched")
