"""An instance's way from pending to terminated, with the guest that it is and the door that the guest opens."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

from cloudgpu.rehearsal.ec2.billing import Bills
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance, Interface
from cloudgpu.rehearsal.world import Door, GuestSpec, World, address, power_off

_log = logging.getLogger(__name__)
_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_VISIBLE_AFTER_END_SECONDS = 3600
_BY_USER = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
_TAKEN_BACK = ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination")
_BY_GUEST = ("Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown")
_LAUNCH_FAILED = ("Server.InternalError", "Server.InternalError: Internal error on launch")
PORT_TAG = "cloudgpu-ssh-port"


def put(instance: Instance, state: str, reason: str = "", words: str = "") -> None:
    """Change the state; the reason is told where there is one."""
    instance._state.name, instance._state.code = state, _CODES[state]
    instance.state_reason = SimpleNamespace(code=reason, message=words) if reason else None


@dataclass(slots=True)
class Machine:
    """`public`: its network interfaces that get a public address. `opened_at`, `ended_at`: monotonic seconds. `doom`:
    the code and the words of the reason for which it is not going to run, if it is not. `said`: what its console said,
    and when, when that was asked for."""

    ec2: Backend
    instance: Instance
    guest: GuestSpec
    public: tuple[Interface, ...]
    door: Door | None = None
    opened_at: float = 0.0
    ended_at: float = 0.0
    doom: tuple[str, str] | None = None
    said: list[tuple[float, str]] = field(default_factory=list)


class Machines:
    """All instances by id. Every method is called with `lock` held; timers take it themselves."""

    def __init__(self, world: World, lock: threading.RLock, bills: Bills) -> None:
        self._world, self._lock, self._bills = world, lock, bills
        self._all: dict[str, Machine] = {}
        self._generations: Counter[str] = Counter()
        self._timers: set[threading.Timer] = set()
        self._closed = False

    def get(self, instance_id: str) -> Machine | None:
        return self._all.get(instance_id)

    def generation(self, ec2: Backend) -> int:
        """Another one after every change in the region."""
        return self._generations[ec2.region_name]

    def changed(self, ec2: Backend) -> None:
        """Something in the region is other than it was."""
        self._generations[ec2.region_name] += 1

    def begin(self, ec2: Backend, instance: Instance, guest: GuestSpec, doom: tuple[str, str] | None = None) -> None:
        """A new instance: pending, and once an operation's time has passed running, or terminated for this reason."""
        public = tuple(nic for nic in instance.nics.values() if nic.public_ip_auto_assign)
        machine = self._all[instance.id] = Machine(ec2, instance, guest, public, doom=doom)
        self._pending(machine, instance.terminate)

    def start(self, machine: Machine, doom: tuple[str, str] | None = None) -> None:
        """Pending, and then running, or stopped again for this reason."""
        machine.instance.start()
        machine.doom = doom
        self._pending(machine, machine.instance.stop)

    def stop(self, machine: Machine) -> None:
        self._leave(machine, "stopping", machine.instance.stop, _BY_USER)

    def terminate(self, machine: Machine) -> None:
        self._leave(machine, "shutting-down", machine.instance.terminate, _BY_USER)

    def interrupt(self, machine: Machine) -> None:
        """AWS takes a spot instance back."""
        self._leave(machine, "shutting-down", machine.instance.terminate, _TAKEN_BACK)

    def power_off(self, machine: Machine) -> None:
        """The guest has powered itself off: what then becomes of the instance was said when it was launched. One-time
        spot instances cannot be stopped."""
        behaviour = machine.instance.instance_initiated_shutdown_behavior
        if behaviour == "terminate" or machine.instance.lifecycle == "spot":
            self._leave(machine, "shutting-down", machine.instance.terminate, _BY_GUEST)
        else:
            self._leave(machine, "stopping", machine.instance.stop, _BY_GUEST)

    def went_off(self, instance_id: str) -> None:
        """A guest says of itself that it is off; takes the lock."""
        with self._lock:
            machine = self._all.get(instance_id)
            if machine is not None and machine.instance.state == "running" and not self._closed:
                self.power_off(machine)

    def look(self) -> None:
        """See which doors have opened since, which guests are off, and forget what ended long ago."""
        on = set(self._world.guests.running())
        for machine in list(self._all.values()):
            if machine.instance.state == "running" and machine.guest.id not in on:
                self.power_off(machine)
            elif machine.instance.state == "running" and machine.door is None:
                self._open(machine)
            if machine.ended_at and time.monotonic() - machine.ended_at > _VISIBLE_AFTER_END_SECONDS:
                self._forget(machine)

    def close(self) -> None:
        """Nothing changes any more."""
        self._closed = True
        for timer in list(self._timers):
            timer.cancel()

    def _pending(self, machine: Machine, fall: Callable[[], object]) -> None:
        put(machine.instance, "pending", "pending", "pending")
        self._hide(machine)
        self._later(lambda: self._run(machine, fall))

    def _fall(self, machine: Machine, doom: tuple[str, str], fall: Callable[[], object]) -> None:
        fall()
        put(machine.instance, machine.instance.state, *doom)
        if machine.instance.state == "terminated":
            machine.ended_at = time.monotonic()
        self._settle(machine.ec2)

    def _run(self, machine: Machine, fall: Callable[[], object]) -> None:
        with self._lock:
            if self._closed or machine.instance.state != "pending":
                return
            if machine.doom is not None:
                self._fall(machine, machine.doom, fall)
                return
            put(machine.instance, "running")
            try:
                self._world.guests.boot(machine.guest)
            except Exception:  # noqa: BLE001 - whatever keeps a guest from booting is a failed launch to the caller
                _log.exception("guest %s does not boot", machine.guest.id)
                self._leave(machine, "shutting-down", machine.instance.terminate, _LAUNCH_FAILED)
            self._settle(machine.ec2)

    def _leave(self, machine: Machine, way: str, end: Callable[[], object], why: tuple[str, str]) -> None:
        put(machine.instance, way, *why)
        self._hide(machine)
        self._later(lambda: self._end(machine, way, end, why))

    def _end(self, machine: Machine, way: str, end: Callable[[], object], why: tuple[str, str]) -> None:
        # takes its time: the lock is free meanwhile
        if way == "stopping":
            power_off(self._world.guests, machine.guest.id)
        else:
            self._world.guests.halt(machine.guest.id)
        with self._lock:
            if self._closed or machine.instance.state != way:
                return
            end()
            put(machine.instance, machine.instance.state, *why)
            if way == "shutting-down":
                machine.ended_at = time.monotonic()
            self._settle(machine.ec2)

    def _settle(self, ec2: Backend) -> None:
        self.changed(ec2)
        self._bills.settle(ec2)

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
        host = door.host if door else address(self._world.guests, machine.guest.id)
        for interface in machine.public if host else ():
            if interface.public_ip != host:
                interface.public_ip = host
                self.changed(machine.ec2)
        if door is None:
            return
        machine.opened_at = time.monotonic()
        self.changed(machine.ec2)
        if door.port != 22:
            machine.instance.add_tags({PORT_TAG: str(door.port)})

    def _forget(self, machine: Machine) -> None:
        del self._all[machine.instance.id]
        self.changed(machine.ec2)
        for number, reservation in list(machine.ec2.reservations.items()):
            reservation.instances = [one for one in reservation.instances if one is not machine.instance]
            if not reservation.instances:
                del machine.ec2.reservations[number]

    def _hide(self, machine: Machine) -> None:
        """No address and no port are told while there is no door behind them."""
        machine.door, machine.opened_at = None, 0.0
        machine.ec2.tags.get(machine.instance.id, {}).pop(PORT_TAG, None)
        for interface in machine.public:
            interface.public_ip = None
        self.changed(machine.ec2)
