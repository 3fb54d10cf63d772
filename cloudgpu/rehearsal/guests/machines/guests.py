"""`world.Guests`, made of machines."""

from __future__ import annotations

import logging
import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machines import image, leftovers, names, namespaces, nvidia, packages, prepared, recipe
from cloudgpu.rehearsal.guests.machines.internet import Internet
from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.world import Door, GuestSpec, Identity

_LOG = logging.getLogger(__name__)
_FIRST, _LAST = 11, 250


def build() -> tuple[Path, ...]:
    """What the machines are made of: in the cache afterwards, and minutes of work the first time."""
    return (prepared.layer(), recipe.rootfs(), packages.shelves(), image.storage())


class MachineGuests:
    """Below `home`/guests, on an internet of their own. The thread that makes this is on that internet afterwards, and
    so is every thread that it begins."""

    kind = "machine"

    def __init__(self, home: Path, faults: Faults) -> None:
        self._folder = home.resolve() / "guests"
        self.namespace = namespaces.name_of(home)
        self._faults = faults
        self._machines: dict[str, Machine] = {}
        self._consoles: dict[str, str] = {}
        self._numbers, self._addresses = _numbers(), _numbers()
        self._lock = threading.Lock()
        prepared_layer, root, *_ = build()
        self._below = {"nothing": (root,), "driver": (root,), "everything": (prepared_layer, root)}
        leftovers.clean(self.namespace, self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        self._internet = Internet(self.namespace, self._folder, faults, self._whose)

    def boot(self, spec: GuestSpec) -> None:
        """Begin to boot; what was stopped finds its disk. ValueError for an id that could not be a folder's name."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", spec.id) or spec.identity is None:
            raise ValueError(f"{spec.id!r} cannot be a machine")
        with self._lock:
            machine = self._machines.get(spec.id)
            if machine is None:
                number = next(one for one in self._numbers if one not in {m.number for m in self._machines.values()})
                machine = Machine(self.namespace, number, self._folder / spec.id, spec, spec.identity)
                machine.create(self._below[spec.identity.brings], self._driver(spec, spec.identity), self._size(spec))
                self._machines[spec.id] = machine
            taken = {one.public for one in self._machines.values()}
            machine.power_on(next(one for one in map(names.public, self._addresses) if one not in taken))

    def door(self, guest_id: str) -> Door | None:
        machine = self._machines.get(guest_id)
        if machine is None or not machine.is_open() or machine.public is None:
            return None
        return Door(machine.public, 22, machine.host_keys())

    def console(self, guest_id: str) -> str:
        machine = self._machines.get(guest_id)
        return machine.console() if machine else self._consoles.get(guest_id, "")

    def address(self, guest_id: str) -> str | None:
        machine = self._machines.get(guest_id)
        return machine.public if machine and machine.is_on else None

    def published(self, guest_id: str) -> Mapping[str, str]:
        machine = self._machines.get(guest_id)
        return dict(machine.attributes) if machine else {}

    def stop(self, guest_id: str) -> None:
        if machine := self._machines.get(guest_id):
            machine.power_off()

    def reboot(self, guest_id: str) -> None:
        if machine := self._machines.get(guest_id):
            machine.reboot()

    def cut(self, guest_id: str) -> None:
        if machine := self._machines.get(guest_id):
            machine.cut()

    def halt(self, guest_id: str) -> None:
        machine = self._machines.get(guest_id)
        if machine is None:
            return
        machine.remove()
        self._consoles[guest_id] = machine.console()
        with self._lock:
            self._machines.pop(guest_id, None)

    def running(self) -> Sequence[str]:
        return tuple(one for one, machine in list(self._machines.items()) if machine.is_on)

    def close(self) -> None:
        """Nobody waits for their shutdown scripts: the account is closed, and the plugs are pulled."""
        every = list(self._machines)
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda one: self._machines[one].unplug(), every))
        for one in every:
            self.halt(one)
        self._internet.close()
        leftovers.clean(self.namespace, self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _driver(self, spec: GuestSpec, identity: Identity) -> Mapping[str, str]:
        """A rule for the operation `driver` of the cloud `guest` orders a failure of it, by its code."""
        fault = self._faults.take("guest", "driver", {"guest": spec.id})
        there = nvidia.hardware(spec.id, spec.gpus)
        if identity.brings == "nothing" and nvidia.pci.can_be_shown():
            return there
        return {**there, **nvidia.driver(fault.code if fault else "")}

    def _size(self, spec: GuestSpec) -> str:
        """A rule for the operation `disk` orders a small one: its code is how much it takes, as `60m`."""
        fault = self._faults.take("guest", "disk", {"guest": spec.id})
        return fault.code if fault else ""

    def _whose(self, address: str) -> Machine | None:
        for machine in list(self._machines.values()):
            if address in (machine.public, names.private(machine.number)):
                return machine
        return None


def _numbers() -> Iterator[int]:
    """Round and round, so that what was given back is not given out again at once."""
    return (_FIRST + turn % (_LAST - _FIRST + 1) for turn in count())
