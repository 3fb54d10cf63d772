"""The wheel, installed with its dependencies outside the checkout, does what the checkout does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from cloudgpu.rules import startup

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.timeout(600)
_OURS = ("PYTHON", "VIRTUAL_ENV", "CLOUDGPU_REHEARSAL_DISCOVERY")


def run(*command: str | Path, cwd: Path, **environ: str) -> str:
    """Standard output; PYTHONPATH and the like of the caller are left out."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    done = subprocess.run([*command], cwd=cwd, env=inherited | environ, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what would be committed, so that nothing else lying about can get in."""
    source, out = tmp_path_factory.mktemp("source") / "cloudgpu", tmp_path_factory.mktemp("dist")
    unwanted = shutil.ignore_patterns(".git", ".venv*", "*_cache", "__pycache__", ".hypothesis", "dist", "build")
    shutil.copytree(ROOT, source, ignore=unwanted)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=source)
    (made,) = out.glob("cloudgpu-*.whl")
    return made


@dataclass(frozen=True)
class Installed:
    folder: Path
    home: Path

    def cloudgpu(self, *args: str) -> str:
        return run(self.folder / "bin" / "cloudgpu", *args, cwd=self.home, CLOUDGPU_HOME=str(self.home / "state"))

    def python(self, code: str) -> str:
        return run(self.folder / "bin" / "python", "-c", code, cwd=self.home)


def by_uv(wanted: list[str], python: Path, cwd: Path) -> bool:
    """Seconds instead of a minute; False where there is no uv, or where it does not reach a registry and pip may."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return uv is not None and any(
        subprocess.run([uv, "pip", *wanted, "--python", python], cwd=cwd, env=os.environ | more).returncode == 0
        for more in ({}, {"UV_NATIVE_TLS": "1"})
    )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder, home = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", "--clear", folder, cwd=home)
    wanted = ["install", "--quiet", f"{wheel}[rehearsal]"]
    if not by_uv(wanted, folder / "bin" / "python", home):
        run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", *wanted, cwd=home)
    here = Installed(folder, home)
    yield here
    here.cloudgpu("rehearsal", "stop")


def test_the_wheel_carries_scripts_tables_and_types_and_no_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    wanted = {
        "cloudgpu/py.typed",
        "cloudgpu/data/gcp_machine_prices.csv",
        *(
            f"cloudgpu/startup_scripts/{path.relative_to(ROOT / 'startup_scripts')}"
            for path in startup.scripts().rglob("*.sh")
        ),
    }
    assert wanted <= names, wanted - names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "examples/"))]


def test_it_is_not_the_checkout_that_runs(installed: Installed) -> None:
    where = installed.python("import cloudgpu; print(cloudgpu.__file__)").strip()
    assert Path(where).is_relative_to(installed.folder)


def test_help_and_version(installed: Installed) -> None:
    assert "launch" in installed.cloudgpu("--help")
    assert installed.cloudgpu("--version").startswith("cloudgpu")


def test_a_startup_script_is_rendered(installed: Installed) -> None:
    code = "from cloudgpu.rules.startup import render; print(render(expires_at=None, user='cloudgpu'), end='')"
    assert installed.python(code) == startup.render(expires_at=None, user="cloudgpu")


@pytest.mark.parametrize("cloud", ["gcp", "aws"])
def test_a_rehearsal_launch(installed: Installed, cloud: str) -> None:
    name = f"wheel-{cloud}"
    made = json.loads(
        installed.cloudgpu("--rehearse", "launch", name, "--provider", cloud, "--gpu", "T4", "--yes", "--json")
    )
    assert made["state"] == "running" and made["rehearsal"] is True and made["jupyter"]["ready"] is True
    installed.cloudgpu("--rehearse", "destroy", name, "--yes")
    assert json.loads(installed.cloudgpu("rehearsal", "status", "--json"))["billable"] == 0
