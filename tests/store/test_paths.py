"""Where the memo lies, and who may read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cloudgpu.errors import StoreError
from cloudgpu.store import paths


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_variable_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDGPU_HOME", str(tmp_path / "here"))
    assert paths.home() == tmp_path / "here"
    assert not (tmp_path / "here").exists()


def test_a_relative_or_tilde_path_is_made_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDGPU_HOME", "state")
    assert paths.home() == tmp_path / "state"
    monkeypatch.setenv("CLOUDGPU_HOME", "~/state")
    assert paths.home() == tmp_path / "state"


def test_otherwise_the_platforms_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLOUDGPU_HOME", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert paths.home().name == "cloudgpu"


def test_the_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    assert mode(paths.prepare(tmp_path / "a" / "b")) == 0o700


def test_an_empty_folder_that_others_may_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    paths.prepare(folder)
    assert mode(folder) == 0o700


def test_somebodys_folder_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "thesis.tex").touch()
    paths.prepare(folder)
    assert mode(folder) == 0o755


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    for home in (tmp_path / "home", tmp_path / "home" / "below"):
        with pytest.raises(StoreError) as caught:
            paths.prepare(home)
        assert "not a folder" in caught.value.brief
        assert "CLOUDGPU_HOME" in caught.value.remedy


def test_a_file_system_that_takes_no_folders() -> None:
    with pytest.raises(StoreError) as caught:
        paths.prepare(Path("/proc/cloudgpu-home"))
    assert "/proc/cloudgpu-home" in caught.value.brief
    assert caught.value.code


def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    pid = os.fork()
    if pid == 0:
        if os.geteuid() == 0:
            os.setuid(65534)  # root may write anywhere
        try:
            paths.prepare(folder)
        except StoreError as error:
            os._exit(0 if "may not be written" in error.brief else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
