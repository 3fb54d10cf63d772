"""Tunnels that outlive the command: starting the process, remembering it, ending it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cloudgpu.errors import TunnelError
from cloudgpu.remote import process
from cloudgpu.remote.files import private_folder, usable

_FOREGROUND = "cloudgpu tunnel  # in the foreground, to see what happens"


@dataclass(frozen=True, slots=True)
class Spawned:
    """A detached process: its pid, when it began (see `process.started`), and the first line that it wrote."""

    pid: int
    started: str
    line: str


def spawn(argv: Sequence[str], log: Path, *, within: float = 120) -> Spawned:
    """Start a process in a session of its own and return with its first line; it goes on.

    Its standard error goes to `log` (0600, begun anew). TunnelError, with the log's end, where it ends without a line
    or writes none within so many seconds; the process is gone then.
    """
    with usable(log.parent):
        private_folder(log.parent)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        child = _start(argv, handle)
    except OSError as error:
        raise TunnelError(
            f"{argv[0]} cannot be started.", code=error.strerror or "", details=str(error), remedy=_FOREGROUND
        ) from error
    finally:
        os.close(handle)
    since = process.started(child.pid)
    try:
        line = _first_line(child, within)
        if not line.endswith(b"\n") or since is None:
            raise _silent(child, log, within)
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        if child.stdout:
            child.stdout.close()
    threading.Thread(target=child.wait, daemon=True).start()  # no zombie, should it end before we do
    return Spawned(child.pid, since, line.decode(errors="replace").rstrip("\r\n"))


def announce(line: str) -> None:
    """In the detached process: write the one line that `spawn` waits for, and let go of standard output."""
    os.write(1, line.encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _start(argv: Sequence[str], log: int) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, creationflags=flags)
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True)


def _first_line(child: subprocess.Popen[bytes], within: float) -> bytes:
    lines: list[bytes] = []

    def read() -> None:
        if child.stdout:
            lines.append(child.stdout.readline())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(within)
    if lines and not lines[0].endswith(b"\n"):
        with suppress(subprocess.TimeoutExpired):  # its output ends a moment before it does
            child.wait(2)
    return lines[0] if lines else b""


def _silent(child: subprocess.Popen[bytes], log: Path, within: float) -> TunnelError:
    ended = child.poll()
    how = f"did not become ready within {within:g} seconds" if ended is None else "ended before it was ready"
    return TunnelError(
        f"The background process {how}.",
        code="" if ended is None else f"exit status {ended}",
        details=log.read_text(errors="replace")[-2000:].strip(),
        remedy=_FOREGROUND,
    )
