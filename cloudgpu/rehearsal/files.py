"""What a rehearsal keeps in its home folder, and who may hold it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudgpu.errors import UsageError

ALREADY_RUNNING = 75  # the exit status of a daemon whose folder has one


@dataclass(frozen=True, slots=True)
class Running:
    """A rehearsal that answers."""

    pid: int
    gce_endpoint: str
    aws_endpoint: str
    started_at: str
    version: str
    namespace: str = ""  # of the network that it is in; empty: this computer's own


def check_platform() -> None:
    """UsageError where guests cannot be had."""
    if sys.platform == "win32":
        raise UsageError(
            "A rehearsal needs Linux or macOS.", remedy="Run it inside WSL: wsl --install, then cloudgpu in there"
        )


class Home:
    """Paths below one folder. `ledger` and `log` stay when the rehearsal is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.sqlite"
        self.log = folder / "daemon.log"
        self.lock = folder / "daemon.lock"
        self.running = folder / "daemon.json"
        self.service_account = folder / "service-account.json"

    def read_running(self) -> dict[str, Any] | None:
        """What the daemon wrote of itself; None where there is nothing, or nothing whole."""
        try:
            found = json.loads(self.running.read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def write_private(path: Path, content: str) -> None:
    """Whole or not at all, readable by its owner alone from the start."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    half.replace(path)


class Lock:
    """Held by one process for its life; the file is removed by whoever holds it, at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def take(self) -> bool:
        """False: another process has it."""
        import fcntl  # not there on Windows, where importing this module still has to work

        while self._held is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            if _is_still(file, self._path):
                self._held = file
            else:
                os.close(file)  # its last holder removed it between our two calls
        return True

    def give_back(self) -> None:
        if self._held is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._held)
            self._held = None

    def is_held(self) -> bool:
        """By any process. Leaves nothing behind."""
        import fcntl

        try:
            file = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


def _is_still(file: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(file)
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
