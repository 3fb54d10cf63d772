"""Every example, run as it stands against the rehearsal clouds, leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A state folder with rehearsal clouds of its own."""
    found = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "CLOUDGPU_HOME": str(tmp_path_factory.mktemp("home")),
        "CLOUDGPU_REHEARSAL": "1",
    }
    yield found
    cloudgpu(found, "rehearsal", "stop")


def cloudgpu(environ: dict[str, str], *args: str) -> str:
    done = subprocess.run([BIN / "cloudgpu", *args], env=environ, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(environ: dict[str, str], *command: str | Path) -> str:
    done = subprocess.run([*command], env=environ, text=True, capture_output=True, timeout=200, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def billed(environ: dict[str, str]) -> tuple[int, set[str]]:
    """What is still running on the ledger, and the clouds that are on it at all."""
    status = json.loads(cloudgpu(environ, "rehearsal", "status", "--json"))
    return status["billable"], {row["cloud"] for row in status["ledger"]}


def test_python_api(environ: dict[str, str]) -> None:
    said = run(environ, sys.executable, ROOT / "examples" / "python_api.py")
    assert "Tesla T4" in said, said
    left, clouds = billed(environ)
    assert left == 0 and "gcp" in clouds


def test_shell_script_with_json(environ: dict[str, str]) -> None:
    said = run(environ, ROOT / "examples" / "launch_json.sh")
    assert "USD/h" in said and "Jupyter is up since" in said, said
    left, clouds = billed(environ)
    assert left == 0 and "aws" in clouds
