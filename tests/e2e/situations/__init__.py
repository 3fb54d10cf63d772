"""What a project on Google Cloud can be like, and what a launch there comes to: the tables beside this file."""

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

PROJECT = "cloudgpu-rehearsal"


@dataclass(frozen=True)
class Situation:
    """One row; what its fields mean stands at the head of the tables."""

    name: str
    type: str
    exit: int
    says: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    inserts: int | None = None
    zone: str | None = None
    plan: Mapping[str, object] = field(default_factory=dict)


def read(table: str) -> list[Situation]:
    """The rows of `situations/<table>.toml`."""
    text = Path(__file__).with_name(f"{table}.toml").read_text(encoding="utf-8")
    return [Situation(**row) for row in tomllib.loads(text)["situation"]]


REFUSED, PLANNED, LAUNCHED = read("refused"), read("planned"), read("launched")
