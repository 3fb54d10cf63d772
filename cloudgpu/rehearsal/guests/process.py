"""Guests that are processes of this user: an SSH server each, a folder each, no root and no container."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests import environment
from cloudgpu.rehearsal.guests.control import Control, EnsureEnvironment
from cloudgpu.rehearsal.guests.door import OpenDoor
from cloudgpu.rehearsal.guests.lifeline import Lifeline
from cloudgpu.rehearsal.guests.machine import Machine
from cloudgpu.rehearsal.guests.stand_ins.processes import kill_marked
from cloudgpu.rehearsal.guests.startup import Script
from cloudgpu.rehearsal.world import Door, GuestSpec

T = TypeVar("T")


@dataclass
class _Guest:
    machine: Machine
    key: str
    booting: Future[None] | None = None
    door: OpenDoor | None = None
    is_open: bool = False
    console: list[str] = field(default_factory=list)


class ProcessGuests:
    """The machines of `world.Guests`, below `home`/guests."""

    kind = "process"

    def __init__(self, home: Path, clock: Clock, faults: Faults, ensure: EnsureEnvironment | None = None) -> None:
        self._folder = home.resolve() / "guests"
        self._clock = clock
        self._faults = faults
        self._lifeline = Lifeline(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        self._guests: dict[str, _Guest] = {}
        self._consoles: dict[str, str] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="guests", daemon=True)
        self._thread.start()
        self._ensure = ensure or environment.Shared()
        self._control = Control(clock, faults, self._ensure)
        self._await(self._control.listen())

    def warm(self) -> None:
        """Have the environment made that the first `docker pull` would wait for. ContainerError where none can be."""
        self._ensure()

    def boot(self, spec: GuestSpec) -> None:
        """Begin to boot. ValueError for an id that could not be a folder's name; an id that runs stays as it is."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", spec.id):
            raise ValueError(f"{spec.id!r} is no guest id")
        with self._lock:
            if spec.id in self._guests:
                return
            guest = _Guest(Machine(self._folder / spec.id, spec), secrets.token_hex(16))
            self._guests[spec.id] = guest
            self._control.keys[guest.key] = spec.id
            guest.booting = asyncio.run_coroutine_threadsafe(self._boot(guest), self._loop)

    def door(self, guest_id: str) -> Door | None:
        guest = self._guests.get(guest_id)
        if guest is None or guest.door is None or not guest.is_open:
            return None
        return Door("127.0.0.1", guest.door.port, (guest.door.host_key,))

    def console(self, guest_id: str) -> str:
        guest = self._guests.get(guest_id)
        return "".join(guest.console) if guest else self._consoles.get(guest_id, "")

    def halt(self, guest_id: str) -> None:
        with self._lock:
            guest = self._guests.pop(guest_id, None)
        if guest is None:
            return
        self._control.keys.pop(guest.key, None)
        if guest.booting:
            guest.booting.cancel()
        if guest.door:
            self._await(guest.door.shut())
        kill_marked(str(guest.machine.folder))
        _say(guest, "Power off.")
        self._consoles[guest_id] = "".join(guest.console)
        shutil.rmtree(guest.machine.folder, ignore_errors=True)

    def running(self) -> Sequence[str]:
        with self._lock:
            return tuple(self._guests)

    def close(self) -> None:
        for guest_id in self.running():
            self.halt(guest_id)
        self._lifeline.cut()
        if self._thread.is_alive():
            self._control.shut()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _boot(self, guest: _Guest) -> None:
        machine, spec = guest.machine, guest.machine.spec
        _say(guest, f"cloudgpu rehearsal: {spec.hostname} boots as a process of this computer.")
        fault = self._faults.take("guest", "boot", {"guest": spec.id})
        if fault and fault.effect != "delay":
            _say(guest, fault.message or "Kernel panic - not syncing: VFS: Unable to mount root fs")
            return
        await asyncio.sleep(self._clock.boot_seconds + (fault.seconds if fault else 0))
        await self._loop.run_in_executor(None, machine.furnish)
        env = machine.environment(self._control.address, guest.key)
        guest.door = OpenDoor(machine, self._faults, env, self._lifeline.tell)
        await guest.door.listen()
        _say(guest, f"sshd: listening on 127.0.0.1 port {guest.door.port}.")
        _say(guest, "The startup script is not run on a process guest; only what it would tell is told.")
        await self._start_up(guest, guest.door.host_key)

    async def _start_up(self, guest: _Guest, host_key: str) -> None:
        """The door opens when the stage that tells the host keys is over: a failure before that leaves it shut."""
        fault = self._faults.take("guest", "startup script", {"guest": guest.machine.spec.id})

        def say(text: str) -> None:
            _say(guest, text)
            if text.endswith("running host-keys"):
                guest.console.append(
                    f"-----BEGIN SSH HOST KEY KEYS-----\n{host_key}\n-----END SSH HOST KEY KEYS-----\n"
                )
            if text.endswith("running quiet"):
                guest.is_open = True

        machine = guest.machine
        if await Script(machine.state, machine.startup_log, say).run(fault):
            guest.is_open = True
            _say(guest, f"{machine.spec.hostname} login:")


def _say(guest: _Guest, text: str) -> None:
    guest.console.append(f"[{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}] {text}\n")
