"""The least that the daemon asks of a cloud: it bills, boots and can be configured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from cloudgpu.rehearsal.world import GuestSpec, World


class Tiny:
    def __init__(self, world: World) -> None:
        self._world = world
        self._settings: dict[str, Any] = {}

    def close(self) -> None:
        pass

    def configure(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := set(wanted) - {"quota"}:
            raise ValueError(f"unknown setting {unknown.pop()!r}")
        self._settings.update(wanted)
        return self._settings

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/buy":
            self._world.ledger.open("gcp", "instance", "1", "otter", Decimal("0.54"))
            self._world.guests.boot(GuestSpec("gcp-1", "otter", "u", (), ("Tesla T4",)))
        start_response("200 OK", [("Content-Type", "application/json")])
        door = self._world.guests.door("gcp-1")
        return [json.dumps({"path": environ["PATH_INFO"], "port": door and door.port}).encode()]


def app(world: World) -> Tiny:
    return Tiny(world)
