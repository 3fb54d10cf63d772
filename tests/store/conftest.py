"""A store in a folder of its own, and what it said."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloudgpu.store.sqlite import SqliteStore


@dataclass
class Opened:
    """`open()` opens the same folder once more."""

    home: Path
    said: list[str] = field(default_factory=list)

    def open(self, patience: float = 15.0) -> SqliteStore:
        return SqliteStore(self.home, say=self.said.append, patience=patience)

    @property
    def file(self) -> Path:
        return self.home / "store.sqlite"


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path / "home")


@pytest.fixture
def store(opened: Opened) -> SqliteStore:
    return opened.open()
