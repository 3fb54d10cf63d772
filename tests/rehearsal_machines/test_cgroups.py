"""Groups come and go while a machine runs: looking through them takes what is there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.rehearsal.guests.machines import cgroups


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cgroups.Group:
    (tmp_path / "cgroup.procs").touch()
    monkeypatch.setattr(cgroups, "_TOP", tmp_path)
    group = cgroups.Group("ours", "machine")
    group.make()
    for name in ("a.service", "b.service"):
        (tmp_path / "ours/machine" / name).mkdir()
    return group


def test_one_that_goes_while_its_neighbours_are_looked_at(
    group: cgroups.Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, scandir = tmp_path / "ours/machine/b.service", os.scandir

    def late(path: Any) -> Any:
        if Path(path) == going and going.exists():
            going.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", late)
    assert group.first_processes() == [] and not going.exists()
    group.kill()
    assert not (tmp_path / "ours").exists()


@pytest.mark.usefixtures("group")
def test_what_is_left(tmp_path: Path) -> None:
    assert cgroups.left("ours") == ["machine"]
    (tmp_path / "ours/machine/a.service").rmdir()
    assert cgroups.left("another") == []
