"""Somebody else who works in the same project, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from tests.providers_gcp.bed import PROJECT, Bed


@dataclass(frozen=True)
class Stranger:
    """What is made and removed is there, or gone, when a method returns."""

    bed: Bed

    def make(self, path: str, body: Mapping[str, object]) -> None:
        self._send("POST", path, body)

    def remove(self, path: str) -> None:
        self._send("DELETE", path)

    def _send(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> None:
        here = f"{self.bed.url}/compute/v1/projects/{PROJECT}"
        headers = {"Authorization": "Bearer a-stranger"}
        answer = requests.request(verb, f"{here}/{path}", json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        operation = answer.json()
        place = operation["selfLink"].partition(f"/projects/{PROJECT}/")[2]
        while operation["status"] != "DONE":
            operation = requests.post(f"{here}/{place}/wait", headers=headers, timeout=130).json()
        assert "error" not in operation, operation
