"""The pipe by which the keeper learns that the daemon is gone."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from cloudgpu.rehearsal.guests.machine import stand_in
from cloudgpu.rehearsal.guests.stand_ins.processes import kill_marked


class Lifeline:
    """While this is open, processes marked with a folder inside `guests` may live. `kill -9` of this process closes it
    too, and then the keeper ends them all."""

    def __init__(self, guests: Path) -> None:
        kill_marked(str(guests))  # what a crash of daemon and keeper together left
        self._lock = threading.Lock()
        self._keeper = subprocess.Popen(
            [*stand_in("keeper"), str(guests)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={"PATH": os.defpath},
        )

    def tell(self, line: str) -> None:
        """`+GROUP` or `-GROUP`: a process group was begun, or is over."""
        with self._lock, suppress(OSError, ValueError):
            assert self._keeper.stdin  # noqa: S101  a pipe was asked for
            self._keeper.stdin.write(f"{line}\n".encode())
            self._keeper.stdin.flush()

    def cut(self) -> None:
        """Every process of every guest is gone when this returns."""
        with self._lock, suppress(OSError):
            self._keeper.communicate()
