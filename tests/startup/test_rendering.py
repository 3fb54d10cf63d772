"""One constant script, whatever the machine: what is in it, and that it fits where it has to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from cloudgpu.rules.startup import render, scripts
from tests.startup.machine import FOR_EVER

GOLDEN = Path(__file__).parents[1] / "golden" / "startup-script"


def test_rendered_script_is_the_golden_one() -> None:
    """`UPDATE_GOLDEN=1 pytest tests/startup` writes it anew; read the difference before you commit."""
    script = render(expires_at=datetime(2026, 11, 20, 18, 0, tzinfo=timezone.utc), user="cloudgpu", image="python:3.12")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(script)
    assert script == GOLDEN.read_text()


def test_only_the_header_differs() -> None:
    one, other = (
        render(expires_at=None, user=user, image=image).splitlines()
        for user, image in (("cloudgpu", ""), ("a b; reboot", "a/b:c; reboot"))
    )
    assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == [
        ("CLOUDGPU_USER=cloudgpu", "CLOUDGPU_USER='a b; reboot'"),
        ("CLOUDGPU_IMAGE=''", "CLOUDGPU_IMAGE='a/b:c; reboot'"),
    ]
    assert FOR_EVER.isascii()


def test_the_same_launch_renders_the_same_bytes() -> None:
    """EC2 takes the same idempotency token with other user data for a mistake."""
    ends = datetime(2026, 11, 20, 18, 0, tzinfo=timezone.utc)
    one, other = (render(expires_at=ends, user="cloudgpu", image="python:3.12") for _ in range(2))
    assert one == other


def test_scripts_are_clean_for_shellcheck() -> None:
    if not (
        shellcheck := shutil.which("shellcheck") or shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    ):
        pytest.skip("shellcheck is not installed")
    for script in [*scripts().rglob("*.sh"), GOLDEN]:
        done = subprocess.run([shellcheck, str(script)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
