from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudgpu.cli.app import run


@dataclass(frozen=True)
class Outcome:
    status: int
    stdout: str
    stderr: str


Cli = Callable[..., Outcome]
_FOREIGN = ("AWS_", "GOOGLE_", "CLOUDSDK_", "GCLOUD_", "CLOUDGPU_")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def cli(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    """The command line in this process, with a state folder of its own, no credentials and no way to any cloud."""
    import os

    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    nothing = tmp_path / "nothing"
    monkeypatch.setenv("CLOUDGPU_HOME", str(home))
    monkeypatch.setenv("HOME", str(nothing))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def call(*args: str) -> Outcome:
        capfd.readouterr()
        status = run(list(args))
        out, err = capfd.readouterr()
        return Outcome(status, out, err)

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)
