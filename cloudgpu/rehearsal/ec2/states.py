"""An instance's way from pending to terminated, with the guest that it is and the door that the guest opens."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

from cloudgpu.rehearsal.ec2.billing import Bills
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance, Interface
from cloudgpu.rehearsal.world import Door, GuestSpec, World

_log = logging.getLogger(__name__)
_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_VISIBLE_AFTER_END_SECONDS = 3600
_BY_USER = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
_LAUNCH_FAILED = ("Server.InternalError", "Server.InternalError: Internal error on launch")
PORT_TAG = "cloudgpu-ssh-port"


def put(instance: Instance, state: str, reason: str = "", words: str = "") -> None:
    """Change the state; the reason is told where there is one."""
    instance._state.name, instance._state.code = state, _CODES[state]
    instance.state_reason = SimpleNamespace(code=reason, message=words) if reason else None


@dataclass(slots=True)
class Machine:
    """`public`: its network interfaces that get a public address. `opened_at`, `ended_at`: monotonic seconds."""

    ec2: Backend
    instance: Instance
    guest: GuestSpec
    public: tuple[Interface, ...]
    door: Door | None = None
    opened_at: float = 0.0
    ended_at: float = 0.0


class Machines:
    """All instances by id. Every method is called with `lock` held; timers take it themselves."""

    def __init__(self, world: World, lock: threading.RLock, bills: Bills) -> None:
        self._world, self._lock, self._bills = world, lock, bills
        self._all: dict[str, Machine] = {}
        self._timers: set[threading.Timer] = set()
        self._closed = False

    def get(self, instance_id: str) -> Machine | None:
        return self._all.get(instance_id)

    def begin(self, ec2: Backend, instance: Instance, guest: GuestSpec) -> None:
        """A new instance: pending, running once an operation's time has passed."""
        public = tuple(nic for nic in instance.nics.values() if nic.public_ip_auto_assign)
        machine = self._all[instance.id] = Machine(ec2, instance, guest, public)
        self._pending(machine)

    def start(self, machine: Machine) -> None:
        machine.instance.start()
        self._pending(machine)

    def stop(self, machine: Machine) -> None:
        self._leave(machine, "stopping", machine.instance.stop, _BY_USER)

    def terminate(self, machine: Machine) -> None:
        self._leave(machine, "shutting-down", machine.instance.terminate, _BY_USER)

    def look(self) -> None:
        """See which doors have opened since, and forget what ended long ago."""
        for machine in list(self._all.values()):
            if machine.instance.state == "running" and machine.door is None:
                self._open(machine)
            if machine.ended_at and time.monotonic() - machine.ended_at > _VISIBLE_AFTER_END_SECONDS:
                self._forget(machine)

    def close(self) -> None:
        """Nothing changes any more."""
        self._closed = True
        for timer in list(self._timers):
            timer.cancel()

    def _pending(self, machine: Machine) -> None:
        put(machine.instance, "pending", "pending", "pending")
        _hide(machine)
        self._later(lambda: self._run(machine))

    def _run(self, machine: Machine) -> None:
        with self._lock:
            if self._closed or machine.instance.state != "pending":
                return
            put(machine.instance, "running")
            try:
                self._world.guests.boot(machine.guest)
            except Exception:  # noqa: BLE001 - whatever keeps a guest from booting is a failed launch to the caller
                _log.exception("guest %s does not boot", machine.guest.id)
                self._leave(machine, "shutting-down", machine.instance.terminate, _LAUNCH_FAILED)
            self._bills.settle(machine.ec2)

    def _leave(self, machine: Machine, way: str, end: Callable[[], object], why: tuple[str, str]) -> None:
        put(machine.instance, way, *why)
        _hide(machine)
        self._later(lambda: self._end(machine, way, end, why))

    def _end(self, machine: Machine, way: str, end: Callable[[], object], why: tuple[str, str]) -> None:
        self._world.guests.halt(machine.guest.id)  # takes its time: the lock is free meanwhile
        with self._lock:
            if self._closed or machine.instance.state != way:
                return
            end()
            put(machine.instance, machine.instance.state, *why)
            if way == "shutting-down":
                machine.ended_at = time.monotonic()
            self._bills.settle(machine.ec2)

    def _later(self, do: Callable[[], None]) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            do()

        timer = threading.Timer(self._world.clock.operation_seconds, ring)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def _open(self, machine: Machine) -> None:
        door = machine.door = self._world.guests.door(machine.guest.id)
        if door is None:
            return
        machine.opened_at = time.monotonic()
        for interface in machine.public:
            interface.public_ip = door.host
        if door.port != 22:
            machine.instance.add_tags({PORT_TAG: str(door.port)})

    def _forget(self, machine: Machine) -> None:
        del self._all[machine.instance.id]
        for number, reservation in list(machine.ec2.reservations.items()):
            reservation.instances = [one for one in reservation.instances if one is not machine.instance]
            if not reservation.instances:
                del machine.ec2.reservations[number]


def _hide(machine: Machine) -> None:
    """No address and no port are told while there is no door behind them."""
    machine.door, machine.opened_at = None, 0.0
    machine.ec2.tags.get(machine.instance.id, {}).pop(PORT_TAG, None)
    for interface in machine.public:
        interface.public_ip = None
