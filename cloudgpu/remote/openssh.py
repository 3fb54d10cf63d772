"""The engine that is OpenSSH's own `ssh`, one process for one forward."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

from cloudgpu.errors import UnreachableError
from cloudgpu.model import SshTarget
from cloudgpu.remote.known_hosts import host_key_alias, write_known_hosts
from cloudgpu.remote.openssh_words import last_words, refusal
from cloudgpu.retry import until

# ssh takes the place of the shell and so has its pid. The shell's child waits on a pipe that the owner holds open:
# however the owner ends, the pipe ends too, and so does ssh. The child keeps the process group, so that neither
# `$$` nor the group's number can come to mean another process while the pipe is open.
_WITH_ITS_OWNER = 'exec 3<&0; { read -r end <&3; kill "$$"; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'
_PATIENCE = 3  # seconds from asking ssh to end to making it


class OpenSshForward:
    """The seam `Forward` over an ssh process."""

    engine = "openssh"

    def __init__(self, argv: list[str], home: Path, local_port: int) -> None:
        self.local_port = local_port
        self._closed = False
        self._said: deque[str] = deque(maxlen=100)
        self._opened = threading.Event()
        self._mark = secrets.token_hex(8)
        # ssh runs this when it has logged in and listens; that the port accepts could be another program's doing
        when_open = ["-o", "PermitLocalCommand=yes", "-o", f"LocalCommand=echo {self._mark}"]
        self._process = _start([argv[0], *when_open, *argv[1:]], home)
        self.pid: int | None = self._process.pid
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def alive(self) -> bool:
        return self._process.poll() is None

    def why(self) -> str:
        return last_words(self.said())

    def opened(self) -> bool:
        """Whether ssh has logged in and listens."""
        return self._opened.is_set() or (sys.platform == "win32" and _accepts(self.local_port))

    def said(self) -> str:
        """The last lines that ssh wrote; all of them once it has ended."""
        if not self.alive():
            self._listener.join(2)
        return "".join(self._said.copy())

    def close(self) -> None:
        if self._closed:
            return
        self._end(force=False)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._end(force=True)
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._listener.join(2)
        if self._process.stdout and not self._listener.is_alive():
            self._process.stdout.close()
        self._closed = True

    def _listen(self) -> None:
        with suppress(ValueError):  # closed under our hands
            for raw in self._process.stdout or ():
                line = raw.decode(errors="replace")
                if line.strip() == self._mark:
                    self._opened.set()
                else:
                    self._said.append(line)

    def _end(self, *, force: bool) -> None:
        if sys.platform == "win32":
            self._process.kill() if force else self._process.terminate()
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM where only zombies are left
            os.killpg(self._process.pid, signal.SIGKILL if force else signal.SIGTERM)


def open_forward(
    program: str,
    target: SshTarget,
    identity: Path,
    home: Path,
    local_port: int,
    remote_port: int,
    keepalive: float,
    within: float,
) -> OpenSshForward:
    """As `forward.open_forward`."""
    known_hosts = write_known_hosts(target, home)
    argv = command(
        program, target, _inside(home, identity), _inside(home, known_hosts), local_port, remote_port, keepalive
    )
    forward = OpenSshForward(argv, home, local_port)

    def too_late() -> UnreachableError:
        return UnreachableError(
            f"ssh did not get to {target.host}:{target.port} within {within:g} seconds.",
            code=forward.why(),
            remedy="cloudgpu tunnel --engine sshtunnel",
        )

    try:
        until(
            lambda: forward.opened() or not forward.alive(),
            within=within,
            otherwise=too_late,
            every=0.05,
            at_most=0.3,
        )
        if not forward.alive():
            raise refusal(forward.said(), target, identity, local_port)
    except BaseException:
        forward.close()
        raise
    return forward


def command(
    program: str,
    target: SshTarget,
    identity: Path,
    known_hosts: Path,
    local_port: int,
    remote_port: int,
    keepalive: float,
) -> list[str]:
    """The command line."""
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts),
        "HostKeyAlias": host_key_alias(target),
        "CheckHostIP": "no",
        "UpdateHostKeys": "no",
        "ConnectTimeout": "15",
        "ServerAliveInterval": str(max(1, round(keepalive))),
        "ServerAliveCountMax": "3",
        "TCPKeepAlive": "yes",
        "ExitOnForwardFailure": "yes",
        "Ciphers": "^aes128-gcm@openssh.com",
        "ControlMaster": "no",
        "ControlPath": "none",
        "ControlPersist": "no",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    there = ["-p", str(target.port), "-l", target.user, "--", target.host]
    return [
        *(program, "-N", "-T", "-F", "none", "-i", str(identity)),
        *settings,
        *("-L", f"127.0.0.1:{local_port}:127.0.0.1:{remote_port}"),
        *there,
    ]


def _inside(home: Path, path: Path) -> Path:
    """The path as ssh, which runs in `home`, is told it: a full path would need escapes that differ by version."""
    full = path.resolve()
    return full.relative_to(home.resolve()) if full.is_relative_to(home.resolve()) else full


def _start(argv: list[str], home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "LC_ALL": "C", "SHELL": "/bin/sh"}
    if sys.platform == "win32":  # no pipe there: an owner that is killed leaves its ssh behind
        return subprocess.Popen(
            argv,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW,
        )
    return subprocess.Popen(
        ["/bin/sh", "-c", _WITH_ITS_OWNER, "sh", *argv],
        cwd=home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
