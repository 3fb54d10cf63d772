"""The emulated cloud in a process of its own, with somebody's AWS configuration around it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys, pathlib
from tests.rehearsal_ec2.bed import standing
with standing(pathlib.Path(sys.argv[1])) as bed:
    bed.front.ready()
    profile = os.environ.pop("AWS_PROFILE")  # the test's own client would look for it
    print(bed.image(), profile)
"""


def test_it_loads_whatever_profile_is_set(tmp_path: Path) -> None:
    environment = os.environ | {"AWS_PROFILE": "not-there", "AWS_CONFIG_FILE": str(tmp_path / "none")}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    image, profile = done.stdout.split()
    assert image.startswith("ami-0")
    assert profile == "not-there"
