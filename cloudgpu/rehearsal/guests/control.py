"""What the stand-ins on the guests ask: one JSON line each way, on a loopback port, with a key of the guest's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from cloudgpu.errors import CloudgpuError
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.environment import Environment

EnsureEnvironment = Callable[[], Environment]


class Control:
    """Lives on the guests' event loop."""

    def __init__(self, clock: Clock, faults: Faults, ensure: EnsureEnvironment) -> None:
        self._clock = clock
        self._faults = faults
        self._ensure = ensure
        self._server: asyncio.Server | None = None
        self.keys: dict[str, str] = {}
        self.address = ""

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def shut(self) -> None:
        if self._server:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, KeyError):  # a stand-in that was killed, or somebody else's line
            question = json.loads(await reader.readline())
            guest = self.keys[question["key"]]
            answer = await (self._environment() if question["ask"] == "environment" else self._fault(guest, question))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _fault(self, guest: str, question: dict[str, Any]) -> dict[str, Any]:
        request = question["request"]
        fault = self._faults.take("guest", request["operation"], {"guest": guest, **request["match"]})
        return asdict(fault) if fault else {}

    async def _environment(self) -> dict[str, Any]:
        try:
            environment = await asyncio.get_running_loop().run_in_executor(None, self._ensure)
        except CloudgpuError as error:
            return {"error": f"{error.brief} {error.details} {error.remedy}"}
        return {**asdict(environment), "pull_seconds": self._clock.pull_seconds}
