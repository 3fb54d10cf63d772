"""Which processes belong to a guest: their environment says so, and children inherit it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

MARK = "CLOUDGPU_REHEARSAL_GUEST"


def marked(folder: str) -> set[int]:
    """The living processes whose mark is this folder or one inside it, this process left out."""
    found = _from_proc(folder) if sys.platform.startswith("linux") else _from_ps(folder)
    return found - {os.getpid()}


def kill_marked(folder: str, within: float = 10.0) -> bool:
    """Kill them, with the process groups that they lead, until none is left; False if some outlive `within` seconds."""
    until = time.monotonic() + within
    while left := marked(folder):
        for pid in left:
            _kill(pid, left)
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def kill_group(group: int) -> None:
    """Gone already is success; never one's own group."""
    if group > 1 and group != os.getpgrp():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _kill(pid: int, marked_too: set[int]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if (group := os.getpgid(pid)) in marked_too:
            kill_group(group)
        os.kill(pid, signal.SIGKILL)


def _is_inside(value: str, folder: str) -> bool:
    return value == folder or value.startswith(f"{folder}/")


def _from_proc(folder: str) -> set[int]:
    prefix = f"{MARK}=".encode()
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(entry.path, "environ").read_bytes()
        except OSError:
            continue  # gone in between, or another user's
        if prefix not in environment:
            continue
        for word in environment.split(b"\0"):
            if word.startswith(prefix) and _is_inside(os.fsdecode(word[len(prefix) :]), folder):
                found.add(int(entry.name))
    return found


def _from_ps(folder: str) -> set[int]:
    listing = subprocess.run(
        ["ps", "-A", "-E", "-ww", "-o", "pid=,command="], capture_output=True, text=True, errors="replace", check=False
    ).stdout
    found = set()
    for line in listing.splitlines():
        pid, _, rest = line.strip().partition(" ")
        _, there, value = rest.partition(f"{MARK}=")
        if there and (value.startswith((f"{folder} ", f"{folder}/")) or value == folder):
            found.add(int(pid))
    return found
