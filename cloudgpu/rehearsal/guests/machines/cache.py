"""What is built once for each recipe: a folder named by the recipe's hash, which appears whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from cloudgpu.rehearsal.guests.environment import cache_folder
from cloudgpu.rehearsal.guests.machines.running import tried

_KEPT_SECONDS = 86_400.0  # another version of this package may be serving from it just now


def key(parts: Iterable[str]) -> str:
    """Twelve letters that change with any of the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def built(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder of this recipe, made by `make` in a half-made place where it is not there; other recipes of the same
    name are removed when nobody has asked for them for a day. Safe against another process that does the same."""
    shelf = cache_folder() / "machines"
    shelf.mkdir(parents=True, exist_ok=True)
    place = shelf / f"{name}-{recipe}"
    with (shelf / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.is_dir():
            os.utime(place)
            return place
        half = shelf / f"{name}-half"
        _remove(half)
        half.mkdir(parents=True)
        try:
            make(half)
        except BaseException:
            _remove(half)
            raise
        half.rename(place)
        for old in shelf.glob(f"{name}-*"):
            if time.time() - old.stat().st_mtime > _KEPT_SECONDS and not _mounted(old):
                _remove(old)
    return place


def _mounted(folder: Path) -> bool:
    return str(folder) in Path("/proc/self/mounts").read_text()


def _remove(folder: Path) -> None:
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        if (place := line.split()[1]).startswith(f"{folder}/"):
            tried("umount", place)
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
