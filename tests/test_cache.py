"""What a cloud said a while ago, on disk: whole or not at all, and no trouble to anybody."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from cloudgpu import cache


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDGPU_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_what_is_saved_is_loaded(home: Path) -> None:
    assert cache.load("x") is None
    cache.save("x", {"a": [1, None]})
    assert cache.load("x") == {"a": [1, None]}
    cache.save("x", 2)
    assert cache.load("x") == 2
    assert [path.name for path in (home / "cache").iterdir()] == ["x.json"]
    assert stat.S_IMODE((home / "cache" / "x.json").stat().st_mode) == 0o600


def test_dropped_it_is_gone_and_gone_is_no_error() -> None:
    cache.save("x", 1)
    cache.drop("x")
    cache.drop("x")
    assert cache.load("x") is None


def test_a_folder_that_cannot_be_is_no_error(home: Path) -> None:
    home.write_text("in the way")
    cache.save("x", 1)
    cache.drop("x")
    assert cache.load("x") is None


def test_what_cannot_be_written_leaves_the_old_one_and_nothing_half(home: Path) -> None:
    cache.save("x", 1)
    with pytest.raises(TypeError):
        cache.save("x", {"no": object()})
    assert cache.load("x") == 1
    assert [path.name for path in (home / "cache").iterdir()] == ["x.json"]


def test_readers_never_see_a_half(home: Path) -> None:
    document = {"rows": list(range(2000))}
    cache.save("x", document)

    def write() -> None:
        for _ in range(20):
            cache.save("x", document)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    seen = [cache.load("x") for _ in range(50)]
    for writer in writers:
        writer.join()
    assert all(one == document for one in seen)


def test_without_a_home_it_is_the_platforms_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDGPU_HOME")
    assert cache.folder().name == "cloudgpu"
