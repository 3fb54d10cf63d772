"""The embedded clouds, reached as if they were the real ones: without `--rehearse`, by the usual variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.credentials import PROJECT


class Cloud(Protocol):
    """One of them in a test. `bill`: what a running machine is billed for."""

    provider: str
    bill: tuple[str, ...]

    def set(self, settings: object) -> None:
        """Make the account like this; what is not named stays."""

    def as_new(self) -> None:
        """An account as it is at first, in which nothing goes wrong."""

    def inserts(self) -> int:
        """How many machines were asked for since the last time."""


class Clouds:
    """Both clouds in one process, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running = client.start(folder)
        self._read = 0

    def post(self, path: str, document: object) -> Any:
        return client.call(self.running, "POST", path, document)

    def calm(self) -> None:
        client.call(self.running, "DELETE", "/_rehearsal/faults")

    def news(self) -> str:
        """What was written to the log since the last time."""
        text = (self.folder / "daemon.log").read_text()
        new, self._read = text[self._read :], len(text)
        return new

    def billed(self) -> list[Any]:
        return [row for row in client.status(self.folder)["ledger"] if row["ended_at"] is None]

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in client.environment(self.running, self.folder).items() if value}


class Google:
    provider = "gcp"
    bill: tuple[str, ...] = ("disk", "instance")
    _INSERT = re.compile(r"POST /compute/v1/projects/[^/]+/zones/[^/]+/instances\?")

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def set(self, settings: object) -> None:
        self._clouds.post("/_rehearsal/gcp", settings)

    def as_new(self) -> None:
        from cloudgpu.rehearsal.gce.settings import DEFAULTS

        self._clouds.calm()
        self.set({"projects": {PROJECT: None}})
        self.set({"projects": {PROJECT: {}}, "capacity": None, "images": {"retired": []}, "quotas": dict(DEFAULTS)})

    def inserts(self) -> int:
        return len(self._INSERT.findall(self._clouds.news()))


class Amazon:
    provider = "aws"
    bill: tuple[str, ...] = ("address", "disk", "instance")
    _INSERT = re.compile(r"ec2\.front: RunInstances ")

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def set(self, settings: object) -> None:
        self._clouds.post("/_rehearsal/aws", settings)

    def as_new(self) -> None:
        self._clouds.calm()
        self.set(dict.fromkeys(self._clouds.post("/_rehearsal/aws", {})))

    def inserts(self) -> int:
        return len(self._INSERT.findall(self._clouds.news()))
