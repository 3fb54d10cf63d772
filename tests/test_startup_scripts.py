"""The startup script, run for real: with stubs for what would change this computer, and no other commands on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudgpu.rules.startup import container_script, render, scripts

GOLDEN = Path(__file__).parent / "golden" / "startup-script.sh"
STUBBED = ("systemctl", "systemd-run", "useradd", "usermod", "nvidia-ctk", "dockerd", "apt-get", "dpkg", "curl")
HARMLESS = (
    "bash",
    "sh",
    "cat",
    "cp",
    "mkdir",
    "mv",
    "date",
    "tee",
    "grep",
    "sed",
    "sleep",
    "id",
    "install",
    "chmod",
    "tr",
    "mktemp",
    "env",
)


class Machine:
    """A folder that plays the machine: its PATH, its state, its apt folder, and a log of what the stubs were asked."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.state, self.apt, self.calls = (folder / part for part in ("bin", "state", "apt", "calls"))
        for made in (self.bin, self.apt / "sources.list.d"):
            made.mkdir(parents=True)
        for name in HARMLESS:
            self.write(name, f'exec {shutil.which(name) or "/bin/false"} "$@"')
        for name in STUBBED:
            self.stub(name)
        self.stub("docker", 'echo "{\\"nvidia\\":{},\\"runc\\":{}}"')

    def stub(self, name: str, does: str = "true") -> None:
        self.write(name, f'echo "{name} $*" >>{self.calls}\n{does}')

    def write(self, name: str, does: str) -> None:
        """Never a link to the real command: writing to it would change this computer."""
        path = self.bin / name
        assert not path.is_symlink()
        path.write_text(f"#!/bin/bash\n{does}\n")
        path.chmod(0o755)

    def boot(self, script: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": str(self.bin),
            "CLOUDGPU_STATE_DIR": str(self.state),
            "CLOUDGPU_LOG": str(self.state / "log"),
            "CLOUDGPU_APT_DIR": str(self.apt),
            "CLOUDGPU_APT_PAUSE": "0",
        }
        return subprocess.run(["/bin/bash"], input=script, text=True, capture_output=True, env=env, timeout=60)

    @property
    def status(self) -> str:
        return (self.state / "status").read_text().strip()

    def asked(self, command: str) -> list[str]:
        """What was asked of `command` since the last time, in order."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [line for line in lines if line.split()[0] == command]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


FOR_EVER = render(expires_at=None, user="cloudgpu")


def test_rendered_script_is_the_golden_one() -> None:
    """`UPDATE_GOLDEN=1 pytest tests/test_startup_scripts.py` writes it anew; read the difference before you commit."""
    script = render(expires_at=datetime(2026, 11, 20, 18, 0, tzinfo=timezone.utc), user="cloudgpu")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(script)
    assert script == GOLDEN.read_text()


def test_only_the_header_differs_and_it_fits_into_user_data() -> None:
    one, other = (render(expires_at=None, user=user).splitlines() for user in ("cloudgpu", "a b; reboot"))
    assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == [
        ("CLOUDGPU_USER=cloudgpu", "CLOUDGPU_USER='a b; reboot'")
    ]
    assert FOR_EVER.isascii()
    assert len(FOR_EVER) < 12_000, "EC2 takes 16 KB of user data, and a provider may add to it"


def test_scripts_are_clean_for_shellcheck() -> None:
    if not (
        shellcheck := shutil.which("shellcheck") or shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    ):
        pytest.skip("shellcheck is not installed")
    for script in [*scripts().rglob("*.sh"), GOLDEN]:
        done = subprocess.run([shellcheck, str(script)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_a_machine_that_has_everything_is_done_without_installing(machine: Machine) -> None:
    done = machine.boot(FOR_EVER)
    assert (done.returncode, machine.status) == (0, "done"), done.stdout
    assert machine.asked("apt-get") == []
    assert (machine.state / "log").read_text().count("cloudgpu startup: running") == 5
    assert oct((machine.state / "status").stat().st_mode)[-3:] == "644"


def test_lifetime_is_armed_before_everything_else_and_at_every_boot(machine: Machine) -> None:
    script = render(expires_at=datetime.now(timezone.utc) + timedelta(hours=8), user="cloudgpu")
    machine.stub("docker", "exit 1")
    machine.stub("nvidia-ctk", "exit 9")
    assert machine.boot(script).returncode != 0
    (armed,) = machine.asked("systemd-run")
    seconds = int(armed.split("--on-active=")[1].split("s ")[0])
    assert 8 * 3600 - 60 < seconds <= 8 * 3600 and armed.endswith("systemctl poweroff")

    machine.stub("docker", "echo nvidia")
    assert machine.boot(script).returncode == 0
    machine.asked("systemd-run")
    assert machine.boot(script).returncode == 0
    assert len(machine.asked("systemd-run")) == 1, "a machine that is done and boots again is armed again"


def test_a_machine_that_boots_after_its_time_powers_off_at_once(machine: Machine) -> None:
    machine.boot(render(expires_at=datetime.now(timezone.utc) - timedelta(days=1), user="cloudgpu"))
    assert "--on-active=1s" in machine.asked("systemd-run")[0]


def test_without_a_lifetime_nothing_is_armed(machine: Machine) -> None:
    machine.boot(FOR_EVER)
    assert machine.asked("systemd-run") == []


def test_done_is_done_once(machine: Machine) -> None:
    machine.boot(FOR_EVER)
    machine.asked("usermod")
    again = machine.boot(FOR_EVER)
    assert (again.returncode, machine.status, machine.asked("usermod")) == (0, "done", [])


def test_a_failure_names_the_stage_and_the_line_and_is_tried_again(machine: Machine) -> None:
    machine.stub("usermod", "echo no such group >&2; exit 6")
    assert machine.boot(FOR_EVER).returncode == 6
    line = 1 + next(n for n, text in enumerate(FOR_EVER.splitlines()) if text.startswith("usermod "))
    assert machine.status == f"failed user {line}"
    assert "no such group" in (machine.state / "log").read_text()
    machine.stub("usermod")
    machine.boot(FOR_EVER)
    assert machine.status == "done"


def test_docker_and_toolkit_are_installed_where_they_are_absent(machine: Machine) -> None:
    (machine.bin / "dockerd").unlink()
    (machine.bin / "nvidia-ctk").unlink()
    machine.stub("docker", "[ $1 = info ] && [ -e ${0}d ] && echo nvidia")
    machine.stub("dpkg", "echo amd64")
    machine.stub("curl", 'case "$*" in *.list*) echo "deb https://example.test /";; *-o*) echo key >"${@: -1}";; esac')
    installs = 'case "$*" in *docker-ce*) cp {0}/curl {0}/dockerd;; *toolkit*) cp {0}/curl {0}/nvidia-ctk;; esac'
    machine.stub("apt-get", installs.format(machine.bin))
    done = machine.boot(FOR_EVER)
    assert (done.returncode, machine.status) == (0, "done"), done.stdout
    assert [line.split()[-1] for line in machine.asked("apt-get")] == [
        "update", "curl", "update", "docker-buildx-plugin", "update", "curl", "update", "nvidia-container-toolkit",
    ]  # fmt: skip
    docker_source = (machine.apt / "sources.list.d" / "docker.sources").read_text()
    assert "Architectures: amd64" in docker_source and "Suites: \n" not in docker_source
    toolkit_source = (machine.apt / "sources.list.d" / "nvidia-container-toolkit.list").read_text()
    assert toolkit_source.startswith(f"deb [signed-by={machine.apt}/keyrings/")


def test_a_held_lock_of_apt_is_waited_for_and_another_error_is_not(machine: Machine) -> None:
    (machine.bin / "nvidia-ctk").unlink()
    count = f'echo x >>{machine.state}/tries; [ "$(grep -c x {machine.state}/tries)" -gt 3 ] || '
    locked = '{ echo "E: Could not get lock /var/lib/apt/lists/lock." >&2; exit 100; }\n'
    machine.stub("apt-get", count + locked + 'echo "E: Unable to locate package" >&2; exit 100')
    assert machine.boot(FOR_EVER).returncode == 1
    assert machine.status.startswith("failed nvidia-container-toolkit ")
    assert len(machine.asked("apt-get")) == 4


def test_a_daemon_that_has_not_met_the_toolkit_is_restarted(machine: Machine) -> None:
    machine.stub("docker", "echo '{\"runc\":{}}'")
    machine.boot(FOR_EVER)
    assert "systemctl restart docker" in machine.asked("systemctl")


def test_the_account_is_made_where_the_cloud_has_not_made_it_yet(machine: Machine) -> None:
    machine.boot(render(expires_at=None, user="nobody-by-this-name"))
    assert machine.asked("useradd") == ["useradd --create-home --shell /bin/bash nobody-by-this-name"]
    assert machine.status == "done"


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
