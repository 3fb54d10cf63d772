"""What the two clouds share: the ledger, the faults, the clock, and the guests that their instances are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.ledger import Ledger

Brings = Literal["nothing", "driver", "everything"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a real machine asks its cloud about itself. `facts`: name, type, zone and the like, by the names that
    `guests.machines.metadata` knows. `attributes`: Google's metadata as they are now. `powered_off` is called, from a
    thread of its own, when the machine has gone off without having been asked to."""

    cloud: Literal["aws", "gcp"]
    facts: Mapping[str, str]
    powered_off: Callable[[], None]
    user_data: bytes = b""
    key_pair: tuple[str, ...] = ()
    attributes: Callable[[], Mapping[str, str]] = dict
    brings: Brings = "driver"


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """A machine to boot. `id` is unique over both clouds (`gcp-<numeric id>`, `aws-i-...`); `user` logs in with
    `authorized_keys` (OpenSSH public keys); `gpus` are full names as nvidia-smi shows them, one for each GPU.
    `identity` is what guests that are real machines read for themselves."""

    id: str
    hostname: str
    user: str
    authorized_keys: tuple[str, ...]
    gpus: tuple[str, ...]
    startup_script: str = ""
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """Where a guest's SSH server listens, and its public host keys in OpenSSH form."""

    host: str
    port: int
    host_keys: tuple[str, ...]


class Guests(Protocol):
    """The machines. Thread-safe; calls return at once unless said otherwise."""

    kind: str

    def boot(self, spec: GuestSpec) -> None:
        """Begin to boot; the door opens `Clock.boot_seconds` later."""

    def door(self, guest_id: str) -> Door | None:
        """None while it boots, and after its end."""

    def console(self, guest_id: str) -> str:
        """All that it wrote to its serial console, with the SSH HOST KEY KEYS block once the door is open."""

    def halt(self, guest_id: str) -> None:
        """Power off and remove: every process of it is gone when this returns. Unknown or gone already: nothing."""

    def running(self) -> Sequence[str]:
        """The ids of those that were booted and not halted."""

    def close(self) -> None:
        """Halt all."""


@runtime_checkable
class HasDisks(Protocol):
    """What guests can do besides that are real machines: `boot` after `stop` finds the disk as it was."""

    def address(self, guest_id: str) -> str | None:
        """The public one, from the moment it is powered on; None while it is off."""

    def stop(self, guest_id: str) -> None:
        """Ask it to shut down, and take its power when that takes too long; the disk stays."""

    def reboot(self, guest_id: str) -> None:
        """Ask it to; returns at once."""

    def cut(self, guest_id: str) -> None:
        """Take its power away for a moment; it boots again from the disk as it was in that moment."""

    def published(self, guest_id: str) -> Mapping[str, str]:
        """The guest attributes that its agent has put, by `namespace/key`."""


def power_off(guests: Guests, guest_id: str) -> None:
    """Off, and the disk stays where guests have one."""
    if isinstance(guests, HasDisks):
        guests.stop(guest_id)
    else:
        guests.halt(guest_id)


def address(guests: Guests, guest_id: str) -> str | None:
    """Where it is going to be reached, where that is known before its door is open."""
    return guests.address(guest_id) if isinstance(guests, HasDisks) else None


@dataclass(frozen=True, slots=True)
class World:
    """Handed to both clouds by the daemon."""

    ledger: Ledger
    guests: Guests
    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=Clock)
