"""What the two clouds share: the ledger, the faults, the clock, and the guests that their instances are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.ledger import Ledger


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """A machine to boot. `id` is unique over both clouds (`gcp-<numeric id>`, `aws-i-...`); `user` logs in with
    `authorized_keys` (OpenSSH public keys); `gpus` are full names as nvidia-smi shows them, one for each GPU."""

    id: str
    hostname: str
    user: str
    authorized_keys: tuple[str, ...]
    gpus: tuple[str, ...]
    startup_script: str = ""


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


@dataclass(frozen=True, slots=True)
class World:
    """Handed to both clouds by the daemon."""

    ledger: Ledger
    guests: Guests
    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=Clock)
