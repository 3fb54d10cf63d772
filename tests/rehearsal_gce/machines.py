"""Machines that are only remembered: what the emulator asks of its guests, without any process."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.world import Door, GuestSpec

HOST_KEYS = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost guest", "ecdsa-sha2-nistp256 AAAAE2VjZHNhHost guest")
CONSOLE = "booting\nSSH HOST KEY KEYS\n"


class Machines:
    """Implements `Guests`. A door opens `boot_seconds` after the boot, at `port`."""

    kind = "process"

    def __init__(self, clock: Clock, port: int = 2222) -> None:
        self.clock, self.port = clock, port
        self.specs: dict[str, GuestSpec] = {}
        self.boots: list[str] = []
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def boot(self, spec: GuestSpec) -> None:
        with self._lock:
            self.specs[spec.id], self._since[spec.id] = spec, time.monotonic()
            self.boots.append(spec.id)

    def door(self, guest_id: str) -> Door | None:
        with self._lock:
            since = self._since.get(guest_id)
        if since is None or time.monotonic() - since < self.clock.boot_seconds:
            return None
        return Door("127.0.0.1", self.port, HOST_KEYS)

    def console(self, guest_id: str) -> str:
        return CONSOLE if guest_id in self.specs else ""

    def halt(self, guest_id: str) -> None:
        with self._lock:
            self._since.pop(guest_id, None)

    def running(self) -> Sequence[str]:
        with self._lock:
            return list(self._since)

    def close(self) -> None:
        with self._lock:
            self._since.clear()
