"""Processes of this computer, known by pid and start time: a pid alone may belong to another by now."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cloudgpu.errors import TunnelError
from cloudgpu.retry import until


def started(pid: int) -> str | None:
    """When the process began, in the system's own form, for comparing only. None: it has ended."""
    if sys.platform == "linux":
        return _from_proc(pid)
    if sys.platform == "win32":
        return _say("powershell", "-NoProfile", "-Command", f"(Get-Process -Id {pid}).StartTime.ToFileTimeUtc()")
    state, _, since = (_say("ps", "-o", "stat=,lstart=", "-p", str(pid)) or "").partition(" ")
    return None if state.startswith("Z") else since.strip() or None


def terminate(pid: int, since: str, *, patience: float = 5) -> bool:
    """End the process that had this pid and start time: politely, and after `patience` seconds by force.

    False: it had ended already. TunnelError where even force does not help.
    """
    if started(pid) != since:
        return False
    stubborn = TunnelError(f"The process {pid} does not end.", remedy=f"kill -9 {pid}")
    for by in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(ProcessLookupError):
            os.kill(pid, by)
        try:
            return until(
                lambda: started(pid) != since, within=patience, otherwise=lambda: stubborn, every=0.02, at_most=0.2
            )
        except TunnelError:
            continue
    raise stubborn


def _from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name in parentheses may hold anything
    return None if fields[0] in "ZX" else fields[19]


def _say(*argv: str) -> str | None:
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    return done.stdout.strip() or None
