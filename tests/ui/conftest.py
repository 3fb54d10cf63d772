"""Screens are compared with files in `tests/golden/ui`; `CLOUDGPU_GOLDEN=write` writes them anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden" / "ui"
Golden = Callable[[str, str], None]


@pytest.fixture
def golden() -> Golden:
    def same(name: str, screen: str) -> None:
        file = GOLDEN / f"{name}.txt"
        if os.environ.get("CLOUDGPU_GOLDEN") == "write":
            file.write_text(screen + "\n", encoding="utf-8")
        assert screen + "\n" == file.read_text(encoding="utf-8")

    return same
