"""The variables that lead the real SDKs and tools to the embedded clouds."""

from __future__ import annotations

from pathlib import Path

from cloudgpu.rehearsal.files import Running
from cloudgpu.rehearsal.variables import environment


def test_every_api_of_google_that_is_asked_is_here(tmp_path: Path) -> None:
    running = Running(1, "http://127.0.0.1:4001", "http://127.0.0.1:4002", "2026-03-01T12:00:00Z", "1")
    found = environment(running, tmp_path)
    assert found["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] == "http://127.0.0.1:4001/compute/v1/"
    assert found["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDQUOTAS"] == "http://127.0.0.1:4001/"
