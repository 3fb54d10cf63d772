"""A damaged file is kept, out of the way."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path


def set_aside(path: Path, inode: int) -> Path | None:
    """Rename the file that had this inode, with its journal, to `store.damaged-<time>`. None if it is another file by
    now: another process was quicker, and what lies there is the new one."""
    try:
        with _alone(path) as present:
            if present != inode or path.stat().st_ino != inode:
                return None
            aside = path.with_name(f"store.damaged-{datetime.now(timezone.utc):%Y%m%dT%H%M%S%fZ}")
            # The journal goes first: beside a new file SQLite would play it back into that.
            for suffix in ("-wal", "-shm", ""):
                part = path.with_name(path.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
            return aside
    except FileNotFoundError:
        return None


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """No other process is in here for the same file; its inode. The lock ends with the process."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield os.fstat(handle).st_ino
    finally:
        os.close(handle)
