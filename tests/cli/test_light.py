"""`--help`, completion, `ps` from the store and `tunnel` do not wait for a cloud SDK."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("boto3", "botocore", "google", "rich", "paramiko", "moto", "asyncssh", "werkzeug", "sqlite3")
SDKS = ("boto3", "botocore", "google")
PROBE = """
import sys
from cloudgpu.cli.app import run
try:
    code = run({args!r})
finally:
    print("MODULES", *sorted(name for name in sys.modules if name.split(".")[0] in {heavy!r}), file=sys.stderr)
"""


def modules(home: Path, *args: str, heavy: tuple[str, ...] = SDKS, **env: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(args=list(args), heavy=heavy)],
        text=True, capture_output=True, timeout=60, check=False,
        env=os.environ | {"CLOUDGPU_HOME": str(home)} | env,
    )  # fmt: skip
    line = next(line for line in done.stderr.splitlines() if line.startswith("MODULES"))
    return line.split()[1:]


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["--version"], ["completion", "bash"]])
def test_help_imports_nothing_heavy(tmp_path: Path, args: list[str]) -> None:
    assert modules(tmp_path, *args, heavy=HEAVY) == []


def test_shell_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    env = {"_CLOUDGPU_COMPLETE": "bash_complete", "COMP_WORDS": "cloudgpu la", "COMP_CWORD": "1"}
    assert modules(tmp_path, heavy=HEAVY, **env) == []


@pytest.mark.parametrize(
    "args",
    [
        ["ps"],
        ["ps", "--json"],
        ["tunnel", "nobody"],
        ["launch", "--help"],
        ["tunnel", "-h"],
        ["offers", "-h"],
        ["quota", "-h"],
        ["logs", "-h"],
        ["logs", "nobody"],
        ["check", "-h"],
    ],
)
def test_no_sdk_without_a_cloud(tmp_path: Path, args: list[str]) -> None:
    assert modules(tmp_path, *args) == []


def test_an_open_tunnel_has_imported_no_sdk(tmp_path: Path) -> None:
    """The whole of `tunnel`, as far as a machine that is not there lets it come."""
    from datetime import datetime, timezone

    from cloudgpu.model import Gpu, Instance, InstanceRef, Origin, State
    from cloudgpu.store import paths
    from cloudgpu.store.sqlite import SqliteStore
    from cloudgpu.testing.samples import HOST_KEY

    store = SqliteStore(paths.prepare(tmp_path), say=print)
    record = store.reserve("otter", "c1", Origin("gcp"))
    now = datetime.now(timezone.utc)
    ref = InstanceRef("otter", "c1", "r", "r-a", "1")
    instance = Instance(ref, "gcp", "n1", Gpu("T4"), State.RUNNING, now, host="127.0.0.1", ssh_port=9)
    from dataclasses import replace

    store.save(replace(record, instance=instance, host_keys=(HOST_KEY,), jupyter_port=8888, ready=True))
    store.close()
    seen = modules(tmp_path, "tunnel", "otter", heavy=(*SDKS, "paramiko"))
    assert "paramiko" in seen  # it did try to connect
    assert not [name for name in seen if name.split(".")[0] in SDKS]
