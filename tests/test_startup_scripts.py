"""The startup script, run for real: with stubs for what would change this computer, and no other commands on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudgpu.rules.startup import render, scripts

GOLDEN = Path(__file__).parent / "golden" / "startup-script.sh"
STUBBED = (
    "systemctl",
    "systemd-run",
    "useradd",
    "usermod",
    "nvidia-ctk",
    "nvidia-smi",
    "modprobe",
    "dockerd",
    "apt-get",
    "dpkg",
    "curl",
    "mount",
    "mountpoint",
    "mkfs.ext4",
)
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
        self.bin, self.state, self.apt, self.calls, self.pci, self.root = (
            folder / part for part in ("bin", "state", "apt", "calls", "pci", "root")
        )
        for made in (self.bin, self.apt / "sources.list.d", self.pci):
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

    def plug(self, slot: str, vendor: str, kind: str, device: str) -> None:
        """A PCI device, as the kernel shows it."""
        (self.pci / slot).mkdir()
        for name, value in (("vendor", vendor), ("class", kind), ("device", device)):
            (self.pci / slot / name).write_text(f"{value}\n")

    def file(self, path: str, content: str = "") -> Path:
        """A file of the machine's own, outside of what the other folders play."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(content)
        return made

    def boot(self, script: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": str(self.bin),
            "CLOUDGPU_STATE_DIR": str(self.state),
            "CLOUDGPU_LOG": str(self.state / "log"),
            "CLOUDGPU_APT_DIR": str(self.apt),
            "CLOUDGPU_APT_PAUSE": "0",
            "CLOUDGPU_PCI_DIR": str(self.pci),
            "CLOUDGPU_ROOT": str(self.root),
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
    assert (machine.state / "log").read_text().count("cloudgpu startup: running") == 8
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


@pytest.mark.parametrize(
    ("device", "modules"),
    [("0x1db1", "580-server"), ("0x1eb8", "580-server-open"), ("0x2330", "580-server-open")],
    ids=["V100", "T4", "H100"],
)
def test_a_driver_is_installed_where_the_image_has_none(machine: Machine, device: str, modules: str) -> None:
    machine.plug("0000:00:03.0", "0x1af4", "0x020000", "0x1000")
    machine.plug("0000:00:04.0", "0x10de", "0x030200", device)
    machine.plug("0000:00:05.0", "0x10de", "0x068000", "0x22a3")  # an NVSwitch is no GPU
    (machine.bin / "nvidia-smi").unlink()
    machine.write("uname", "echo 6.14.0-1021-gcp")
    smi = f"echo '#!/bin/bash' >{machine.bin}/nvidia-smi; /bin/chmod +x {machine.bin}/nvidia-smi"
    machine.stub("apt-get", f'case "$*" in *nvidia-utils*) {smi};; esac')
    done = machine.boot(FOR_EVER)
    assert (done.returncode, machine.status) == (0, "done"), done.stdout
    calls = machine.calls.read_text().splitlines()
    (installed,) = (line for line in calls if "linux-modules-nvidia" in line)
    assert installed.split()[-3:] == [
        f"linux-modules-nvidia-{modules}-6.14.0-1021-gcp",
        f"nvidia-headless-no-dkms-{modules}",
        "nvidia-utils-580-server",
    ]
    assert calls.index("modprobe nvidia") > calls.index(installed)


def test_a_machine_without_a_gpu_gets_no_driver(machine: Machine) -> None:
    (machine.bin / "nvidia-smi").unlink()
    machine.boot(FOR_EVER)
    assert (machine.status, machine.asked("apt-get")) == ("done", [])


def test_a_driver_that_does_not_load_is_a_failure_of_its_stage(machine: Machine) -> None:
    machine.plug("0000:00:04.0", "0x10de", "0x030200", "0x1eb8")
    (machine.bin / "nvidia-smi").unlink()
    machine.write("uname", "echo 6.14.0-1021-gcp")
    machine.stub("modprobe", "echo Key was rejected by service >&2; exit 1")
    assert machine.boot(FOR_EVER).returncode == 1
    assert machine.status.startswith("failed driver ")


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
