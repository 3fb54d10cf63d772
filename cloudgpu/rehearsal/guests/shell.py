"""One SSH session of a guest: a command or a shell, with pipes or a terminal, gone when its channel is."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh

from cloudgpu.rehearsal.guests.stand_ins.processes import kill_group

Session = asyncssh.SSHServerProcess[bytes]
_GRACE_SECONDS = 0.3
_CHUNK = 65536
# `start_new_session` leaves a process without a terminal, and a thread may not run code between fork and exec.
_WITH_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)


async def serve(session: Session, home: Path, env: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Run it to its end. `tell` hears `+GROUP` and `-GROUP` of the process group that it is."""
    env = {**env, **{name: value for name, value in session.env.items() if name.startswith(("LC_", "LANG"))}}
    words = ["/bin/sh", "-c", session.command] if session.command is not None else ["/bin/sh", "-i"]
    if session.term_type is None:
        streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        await _run(session, words, streams, home, env, tell)
        return
    ours, theirs = pty.openpty()
    try:
        _resize(ours, session.term_size)
        words = [sys.executable, "-I", "-S", "-c", _WITH_TERMINAL, *words]
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
        await _run(session, words, streams, home, {**env, "TERM": session.term_type}, tell, terminal=(ours, theirs))
    finally:
        os.close(ours)


async def _run(
    session: Session,
    words: list[str],
    streams: dict[str, Any],
    home: Path,
    env: Mapping[str, str],
    tell: Callable[[str], None],
    terminal: tuple[int, int] | None = None,
) -> None:
    process = await asyncio.create_subprocess_exec(*words, **streams, cwd=home, env=env, start_new_session=True)
    tell(f"+{process.pid}")
    if terminal:
        os.close(terminal[1])
        feeding = asyncio.create_task(_feed_terminal(session, terminal[0], process))
        telling = [asyncio.create_task(_from_terminal(terminal[0], session))]
    else:
        assert process.stdout and process.stderr  # noqa: S101  pipes were asked for
        feeding = asyncio.create_task(_feed(session, process))
        telling = [
            asyncio.create_task(_pass_on(process.stdout, session.stdout)),
            asyncio.create_task(_pass_on(process.stderr, session.stderr)),
        ]
    ended = asyncio.create_task(_until_over(process, telling, patient=terminal is None))
    closed = asyncio.create_task(session.channel.wait_closed())
    try:
        await asyncio.wait({ended, closed}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            status = ended.result()
            if status >= 0:
                session.exit(status)
            else:
                session.exit_with_signal(signal.Signals(-status).name[3:])
    finally:
        for task in (feeding, closed, ended, *telling):
            task.cancel()
        await _end(process)
        tell(f"-{process.pid}")


async def _until_over(process: asyncio.subprocess.Process, telling: list[asyncio.Task[None]], *, patient: bool) -> int:
    """Its status, once all that it wrote is told. Pipes may be held open by others, and are then waited for."""
    status = await process.wait()
    await asyncio.wait(telling, timeout=None if patient else _GRACE_SECONDS)
    return status


async def _end(process: asyncio.subprocess.Process) -> None:
    """Hang up, and shortly after kill, the process with its group; what it put into the background by
    a session of its own stays, as it would."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGHUP)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
        kill_group(process.pid)
        await process.wait()


async def _feed(session: Session, process: asyncio.subprocess.Process) -> None:
    assert process.stdin  # noqa: S101  a pipe was asked for
    with suppress(BrokenPipeError, ConnectionResetError):
        while data := await _read(session, process):
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()


async def _read(session: Session, process: asyncio.subprocess.Process, terminal: int | None = None) -> bytes:
    """What the caller typed; empty at the end of it."""
    while True:
        try:
            return await session.stdin.read(_CHUNK)
        except asyncssh.TerminalSizeChanged as change:
            if terminal is not None:
                _resize(terminal, change.term_size)
        except (asyncssh.SignalReceived, asyncssh.BreakReceived) as event:
            name = event.signal if isinstance(event, asyncssh.SignalReceived) else "INT"
            with suppress(ProcessLookupError, AttributeError):
                os.killpg(process.pid, getattr(signal, f"SIG{name}"))
        except (asyncssh.Error, OSError):
            return b""


async def _pass_on(source: asyncio.StreamReader, to: asyncssh.SSHWriter[bytes]) -> None:
    with suppress(asyncssh.Error, OSError):
        while data := await source.read(_CHUNK):
            to.write(data)
            await to.drain()


async def _feed_terminal(session: Session, terminal: int, process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await _read(session, process, terminal):
            await loop.run_in_executor(None, os.write, terminal, data)
        await loop.run_in_executor(None, os.write, terminal, b"\x04")


async def _from_terminal(terminal: int, session: Session) -> None:
    """Until the last process has closed it, which Linux tells by an error."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(terminal, ready.set)
    try:
        with suppress(asyncssh.Error, OSError):
            while True:
                await ready.wait()
                ready.clear()
                data = os.read(terminal, _CHUNK)
                if not data:
                    return
                session.stdout.write(data)
                await session.stdout.drain()
    finally:
        loop.remove_reader(terminal)


def _resize(terminal: int, size: tuple[int, int, int, int]) -> None:
    columns, rows, width, height = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
