"""Control groups: each machine has its own, and whatever is in one that is ours can be ended without a doubt."""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_TOP = Path("/sys/fs/cgroup")
_PATIENCE_SECONDS = 10.0


def _hierarchies() -> list[Path]:
    """Of version 1, each on its own (and the unified one beside them); of version 2, the only one."""
    if (_TOP / "cgroup.procs").exists():
        return [_TOP]
    if not _TOP.is_dir():
        return []
    return sorted(one for one in _TOP.iterdir() if one.is_dir() and not one.is_symlink())


class Group:
    """A group `ours/name` in every hierarchy."""

    def __init__(self, ours: str, name: str) -> None:
        self._places = [top / ours / name for top in _hierarchies()]

    def make(self) -> None:
        """There already is fine."""
        for place in self._places:
            _make(place.parent)
            _make(place)

    def starting(self, argv: Sequence[str]) -> list[str]:
        """The words that start `argv` as a member from its first moment."""
        join = "".join(f"echo $$ >{shlex.quote(str(place / 'cgroup.procs'))}; " for place in self._places)
        return ["/bin/sh", "-c", f'{join}exec "$@"', "sh", *argv]

    def kill(self) -> None:
        """End every member, of the groups below as well, and remove the groups. Gone already is fine."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while (members := self._members()) and time.monotonic() < until:
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for place in self._places:
            _remove(place)
            with suppress(OSError):
                place.parent.rmdir()  # when it was the last one in there

    def first_processes(self) -> list[int]:
        """Those that are process 1 in a namespace directly below ours: the machine's init."""
        return [pid for pid in self._members() if _numbers(pid)[1:] == ["1"]]

    def _members(self) -> set[int]:
        found: set[int] = set()
        for place in self._places:
            for group in _groups(place):
                with suppress(OSError):
                    found |= {int(line) for line in (group / "cgroup.procs").read_text().split()}
        return found - {0}


def left(ours: str) -> list[str]:
    """The names of the groups below `ours` that are there."""
    tops = [next(os.walk(top / ours), ("", [], []))[1] for top in _hierarchies()]
    return sorted({name for names in tops for name in names})


def _groups(place: Path) -> list[Path]:
    """That one and all below it, the deepest first. A machine that is running makes and removes some at any moment:
    what goes while one looks is not there."""
    return [Path(folder) for folder, *_ in os.walk(place, topdown=False)]


def _numbers(pid: int) -> list[str]:
    """Of a process, in each namespace that it is in, from the outermost to its own; empty when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[1:]
    return []


def _make(place: Path) -> None:
    place.mkdir(exist_ok=True)
    if (place / "cgroup.controllers").exists():  # version 2: what is not handed down is not there for a container
        for name in (place.parent / "cgroup.controllers").read_text().split():
            with suppress(OSError):
                (place.parent / "cgroup.subtree_control").write_text(f"+{name}")
    if (place / "cpuset.cpus").exists() and not (place / "cpuset.cpus").read_text().strip():
        for name in ("cpuset.cpus", "cpuset.mems"):  # a group without any takes no member
            with suppress(OSError):
                (place / name).write_text((place.parent / name).read_text())
        with suppress(OSError):
            (place / "cgroup.clone_children").write_text("1")


def _remove(place: Path) -> None:
    for group in _groups(place):
        with suppress(OSError):
            group.rmdir()
