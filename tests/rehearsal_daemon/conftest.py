"""Daemons with tiny clouds in place of the real ones, whose imports take seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.rehearsal import client

_MAIN = """import sys
from tests.rehearsal_daemon import tiny
from cloudgpu.rehearsal import daemon
daemon._clouds = lambda: {"gcp": tiny.app, "aws": tiny.app}
from cloudgpu.rehearsal.__main__ import main
import os, logging
sys.argv[0] = "tiny"
status = main()
logging.shutdown()
os._exit(status)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder whose daemon is stopped at the end."""
    monkeypatch.setattr(client, "COMMAND", (sys.executable, "-c", _MAIN))
    folder = tmp_path / "rehearsal"
    yield folder
    client.stop(folder)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def shared(shared_home: Path) -> Iterator[client.Running]:
    """A daemon for tests that leave it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "COMMAND", (sys.executable, "-c", _MAIN))
        running = client.start(shared_home)
    yield running
    client.stop(shared_home)
