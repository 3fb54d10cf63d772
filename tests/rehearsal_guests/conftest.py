"""One booted guest for a module, and the real `ssh` to reach it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncssh
import pytest

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests import environment
from cloudgpu.rehearsal.guests.process import ProcessGuests
from cloudgpu.rehearsal.world import Door, GuestSpec

T = TypeVar("T")
USER = "otto"


def wait(condition: Callable[[], T | None], within: float = 20) -> T:
    """The first true answer."""
    end = time.monotonic() + within
    while not (answer := condition()):
        assert time.monotonic() < end, f"still {answer!r} after {within} s"
        time.sleep(0.02)
    return answer


def new_key(folder: Path, name: str) -> tuple[Path, str]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key())
    return path, key.export_public_key().decode().strip()


@dataclass
class Lodge:
    """A guest and the way to it."""

    guests: ProcessGuests
    faults: Faults
    id: str
    folder: Path
    identity: Path
    known_hosts: Path
    door: Door
    env: dict[str, str] = field(default_factory=dict)

    def ssh(self, *words: str, user: str = USER, identity: Path | None = None) -> list[str]:
        options = "BatchMode=yes IdentitiesOnly=yes StrictHostKeyChecking=yes HostKeyAlias=guest ConnectTimeout=10"
        return [
            *("ssh", "-F", "none", "-i", str(identity or self.identity), "-p", str(self.door.port)),
            *(word for option in options.split() for word in ("-o", option)),
            *("-o", f"UserKnownHostsFile={self.known_hosts}", f"{user}@127.0.0.1", *words),
        ]

    def run(self, command: str, stdin: str = "", **how: str | Path) -> subprocess.CompletedProcess[str]:
        words = self.ssh(command, **how)  # type: ignore[arg-type]  # user and identity, by name
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    def here(self, command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """The command with the guest's environment, without the way through SSH."""
        if not self.env:
            self.env = dict(line.split("=", 1) for line in self.run("env").stdout.splitlines())
        return subprocess.run(
            ["sh", "-c", command],
            input=stdin, capture_output=True, text=True, timeout=60, check=False, env=self.env, cwd=self.env["HOME"],
        )  # fmt: skip

    @contextmanager
    def forwarding(self, remote: str) -> Iterator[int]:
        """`ssh -L` to this host:port of the guest; the local port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            local = int(probe.getsockname()[1])
        words = self.ssh()
        words[1:1] = ["-N", "-T", "-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{local}:{remote}"]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait(lambda: _listens(local))
            yield local
        finally:
            process.terminate()
            try:
                process.communicate(timeout=5)
            except subprocess.TimeoutExpired:  # once in some thousand runs ssh outlives it
                process.kill()
                process.communicate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def lodging(folder: Path, gpus: tuple[str, ...] = ("Tesla T4",)) -> Iterator[Lodge]:
    """Boot one; gone at the end."""
    identity, public = new_key(folder, "id")
    faults = Faults()
    guests = ProcessGuests(folder, Clock(boot_seconds=0), faults, ensure=environment.linked)
    try:
        guests.boot(GuestSpec("gcp-7", "otter", USER, (public,), gpus))
        door = wait(lambda: guests.door("gcp-7"))
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"guest {door.host_keys[0]}\n")
        yield Lodge(guests, faults, "gcp-7", folder / "guests" / "gcp-7", identity, known_hosts, door)
    finally:
        guests.close()


@pytest.fixture(scope="module")
def lodge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lodge]:
    with lodging(tmp_path_factory.mktemp("lodge")) as one:
        yield one
