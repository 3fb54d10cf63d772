"""The script that starts Jupyter in a container of any image, run for real with a Python that the test makes up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudgpu.rules.startup import container_script
from tests.startup.machine import Machine

FAKE_PYTHON = """#!/bin/bash
case "$1:$2" in
  -c:*find_spec*) what=${{2#*find_spec(\\'}}; [[ " {installed} " == *" ${{what%%\\'*}}="* ]];;
  -c:*version*) what=${{2#*version(\\'}}; for one in {installed}; do
      [ "${{one%=*}}" = "${{what%%\\'*}}" ] && echo "${{one#*=}}" && exit; done; exit 1;;
  -m:venv) echo "$*" >>{log}; mkdir -p "$4/bin"; cp "$0" "$4/bin/python";;
  -m:pip) echo "pip ${{PIP_CONSTRAINT:-unconstrained}} $*" >>{log}; true;;
  *) echo "$JUPYTER_TOKEN $*";;
esac
"""


def start(folder: Path, installed: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the container's script with a Python that has `installed` (`name=major`) and tells what it was asked."""
    machine = Machine(folder)
    (folder / "token").write_text("s3cret\n")
    python = machine.bin / "python3"
    python.write_text(FAKE_PYTHON.format(installed=installed, log=folder / "pip"))
    python.chmod(0o755)
    defaults = {"PATH": str(machine.bin), "HOME": str(folder), "CLOUDGPU_TOKEN_FILE": str(folder / "token")}
    return subprocess.run(
        ["/bin/sh"], input=container_script().decode(), env=defaults | env, text=True, capture_output=True, cwd=folder
    )


@pytest.mark.parametrize(
    ("installed", "module", "app", "root"),
    [
        ("jupyterlab=4 jupyter_server=2", "jupyterlab", "ServerApp", "root_dir"),
        ("notebook=7 jupyter_server=2", "notebook", "ServerApp", "root_dir"),
        ("jupyter_server=2", "jupyter_server", "ServerApp", "root_dir"),
        ("notebook=6 jupyter_server=1", "notebook", "NotebookApp", "notebook_dir"),
        ("notebook=6", "notebook", "NotebookApp", "notebook_dir"),
    ],
)
def test_container_starts_the_server_that_the_image_has(
    tmp_path: Path, installed: str, module: str, app: str, root: str
) -> None:
    done = start(tmp_path, installed, CLOUDGPU_PORT="9000", CLOUDGPU_ROOT="/srv")
    token, *argv = done.stdout.split()
    assert done.returncode == 0, done.stderr
    assert argv[:2] == ["-m", module]
    assert {f"--{app}.port=9000", f"--{app}.port_retries=0", f"--{app}.{root}=/srv", f"--{app}.ip=0.0.0.0"} <= set(argv)
    assert token == "s3cret" and "s3cret" not in argv


def test_container_without_jupyter_gets_one_in_an_environment_of_its_own(tmp_path: Path) -> None:
    done = start(tmp_path, "", PIP_CONSTRAINT="/etc/constraints")
    assert done.returncode == 0, done.stderr
    venv, pip = (tmp_path / "pip").read_text().splitlines()
    assert venv == f"-m venv --system-site-packages {tmp_path}/.cloudgpu-jupyter"
    assert pip.startswith("pip unconstrained") and pip.endswith("jupyterlab ipykernel")


def test_container_user_without_a_home_gets_one(tmp_path: Path) -> None:
    done = start(tmp_path, "jupyter_server=2", HOME="/nonexistent", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("cloudgpu-home.*"))


def test_container_without_python_says_so(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.bin / "apt-get").unlink()
    environ = {"PATH": str(machine.bin), "HOME": str(tmp_path)}
    done = subprocess.run(["/bin/sh"], input=container_script().decode(), env=environ, text=True, capture_output=True)
    assert done.returncode == 65 and "no Python" in done.stderr
