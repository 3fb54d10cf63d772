"""Real SSH servers on loopback: asyncssh in a thread, and OpenSSH's sshd where it is there and lets us in."""

from __future__ import annotations

import asyncio
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

import asyncssh

from cloudgpu.errors import CloudgpuError
from cloudgpu.model import SshTarget
from cloudgpu.retry import until

_SHELL = pwd.getpwuid(os.getuid()).pw_shell
_MAY_LOG_IN = os.access(_SHELL, os.X_OK) and Path(_SHELL).name not in ("nologin", "false")
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") if _MAY_LOG_IN else None
FORBIDDEN_PORT = 7
LASTING = "while printf .; do sleep 0.2; done"  # ends when nobody listens: sshd does not end commands itself
T = TypeVar("T")


class Server(Protocol):
    """An SSH server that lets the current user in with one key."""

    host_key: str

    def target(self, *, alias: str = "machine", host_keys: tuple[str, ...] | None = None) -> SshTarget: ...

    def drop(self) -> None:
        """Cut all sessions; new ones are welcome."""

    def freeze(self) -> None:
        """Stop answering without closing anything."""

    def thaw(self) -> None: ...

    def close(self) -> None: ...


def eventually(probe: Callable[[], object], within: float = 10) -> None:
    """Wait for a condition; the test fails when it does not come."""
    until(
        lambda: True if probe() else None,
        within=within,
        otherwise=lambda: CloudgpuError("the condition did not come", remedy="read the test"),
        every=0.02,
        at_most=0.1,
    )


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def new_host_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(kind)


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


class _Door(asyncssh.SSHServer):
    def __init__(self, open_now: set[asyncssh.SSHServerConnection]) -> None:
        self._open = open_now

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn
        self._open.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self._conn)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        if dest_port == FORBIDDEN_PORT:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "forwarding is off")
        return dest_host == "127.0.0.1"


class AsyncServer:
    """asyncssh in a thread; commands run in `bash` with `home` as HOME."""

    def __init__(self, home: Path, authorized: str, keys: list[asyncssh.SSHKey] | None = None, **options: Any) -> None:
        keys = keys or [new_host_key()]
        self.host_key = public(keys[0])
        self._home = home
        self._options: dict[str, object] = {"authorized_client_keys": asyncssh.import_authorized_keys(authorized)}
        self._options |= {"server_host_keys": keys, **options}
        self._open: set[asyncssh.SSHServerConnection] = set()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._thawed = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._pool = ThreadPoolExecutor(64)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)

    def target(self, *, alias: str = "machine", host_keys: tuple[str, ...] | None = None) -> SshTarget:
        keys = (self.host_key,) if host_keys is None else host_keys
        return SshTarget("127.0.0.1", self._acceptor.get_port(), getpass.getuser(), alias, keys)

    def drop(self) -> None:
        def cut() -> None:
            for conn in list(self._open):
                conn.abort()

        self._loop.call_soon_threadsafe(cut)

    def freeze(self) -> None:
        self._thawed.clear()
        self._loop.call_soon_threadsafe(self._thawed.wait)

    def thaw(self) -> None:
        self._thawed.set()

    def close(self) -> None:
        self.thaw()
        self.drop()
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._pool.shutdown()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            lambda: _Door(self._open),
            "127.0.0.1",
            0,
            process_factory=self._serve,
            encoding=None,
            **self._options,
        )

    async def _stop(self) -> None:
        self._acceptor.close()
        for child in list(self._children):
            os.killpg(child.pid, signal.SIGKILL)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        child = subprocess.Popen(
            ["bash", "-c", process.command or "true"],
            cwd=self._home,
            env={**os.environ, "HOME": str(self._home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._children.add(child)
        # Not process.redirect: in asyncssh 2.24 it loses data when a channel is paused.
        feeder = asyncio.create_task(self._feed(process, child))
        await asyncio.gather(self._drain(child.stdout, process.stdout), self._drain(child.stderr, process.stderr))
        status = await self._aside(child.wait)
        self._children.discard(child)
        if status < 0:
            process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            process.exit(status)
        await feeder

    async def _feed(self, process: asyncssh.SSHServerProcess[bytes], child: subprocess.Popen[bytes]) -> None:
        assert child.stdin
        with suppress(OSError), child.stdin:  # either end may go first
            while piece := await process.stdin.read(1 << 16):
                while piece:
                    piece = piece[await self._aside(child.stdin.write, piece) :]

    async def _drain(self, source: IO[bytes] | None, into: asyncssh.SSHWriter[bytes]) -> None:
        assert source
        with source, suppress(OSError):
            while piece := await self._aside(source.read, 1 << 16):
                into.write(piece)
                await into.drain()

    async def _aside(self, call: Callable[..., T], *args: object) -> T:
        """A blocking call in a thread: asyncio's own subprocesses leave objects behind that fail after the loop."""
        return await self._loop.run_in_executor(self._pool, call, *args)


class OpenSshServer:
    """OpenSSH's sshd as the current user, on a port of its own."""

    def __init__(self, folder: Path, authorized: str, keys: list[asyncssh.SSHKey] | None = None) -> None:
        assert SSHD, "only where sshd is installed"
        keys = keys or [new_host_key()]
        self.host_key = public(keys[0])
        self._port = unused_port()
        lines = [f"Port {self._port}", "ListenAddress 127.0.0.1", "UsePAM no", "StrictModes no", "PidFile none"]
        lines += ["PasswordAuthentication no", "MaxStartups 100", f"AuthorizedKeysFile {folder}/authorized"]
        lines += ["PermitRootLogin prohibit-password"]
        for number, key in enumerate(keys):
            key.write_private_key(str(folder / f"host{number}"))
            (folder / f"host{number}").chmod(0o600)
            lines.append(f"HostKey {folder}/host{number}")
        (folder / "authorized").write_text(authorized + "\n")
        (folder / "config").write_text("\n".join(lines) + "\n")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=self._log)
        eventually(self._listens)

    def target(self, *, alias: str = "machine", host_keys: tuple[str, ...] | None = None) -> SshTarget:
        keys = (self.host_key,) if host_keys is None else host_keys
        return SshTarget("127.0.0.1", self._port, getpass.getuser(), alias, keys)

    def drop(self) -> None:
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self.thaw()
        self.drop()
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        for pid in descendants(self._process.pid):
            with suppress(ProcessLookupError):  # it may have ended by itself since
                os.kill(pid, number)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def descendants(pid: int) -> list[int]:
    """The process's children and theirs, nearest first."""
    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True) as looker:
        rows = [line.split() for line in looker.communicate()[0].splitlines()]
    living = [(int(child), int(parent)) for child, parent, stat in rows if not stat.startswith("Z")]
    found: list[int] = []
    parents = [pid]
    while parents:
        parents = [child for child, parent in living if parent in parents and child != looker.pid]
        found += parents
    return found
