"""A question to the metadata service, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cloudgpu.rehearsal.guests.machines.machine import Machine


@dataclass(frozen=True, slots=True)
class Asked:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # the names in small letters
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/plain"


class Dialect(Protocol):
    """How one cloud's metadata service answers a machine."""

    def get(self, machine: Machine, asked: Asked) -> Answer: ...

    def put(self, machine: Machine, asked: Asked) -> Answer: ...
