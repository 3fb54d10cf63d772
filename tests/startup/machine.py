"""A folder that plays a machine: stubs for what would change this computer, and no other commands on PATH."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cloudgpu.rules.startup import render

FOR_EVER = render(expires_at=None, user="cloudgpu")
STAGES = ["lifetime", "host-keys", "quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"]
STUBBED = [
    "systemctl",
    "systemd-run",
    "useradd",
    "usermod",
    "nvidia-ctk",
    "nvidia-smi",
    "modprobe",
    "modinfo",
    "dockerd",
    "snap",
    "apt-get",
    "apt-cache",
    "apt-mark",
    "dpkg",
    "dpkg-query",
    "curl",
    "mount",
    "mountpoint",
    "mkfs.ext4",
]
HARMLESS = [
    "bash",
    "sh",
    "cat",
    "cp",
    "mkdir",
    "mv",
    "rm",
    "touch",
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
    "wc",
    "tail",
    "flock",
    "stat",
]
UBUNTU_24 = 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n'


class Machine:
    """A folder that plays the machine: its PATH, its state, its own files, and a log of what the stubs were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin, self.state, self.calls, self.root = (folder / part for part in ("bin", "state", "calls", "root"))
        self.bin.mkdir(parents=True)
        self.file("dev/console")
        self.file("etc/os-release", UBUNTU_24)
        for name in HARMLESS:
            self.write(name, f'exec {shutil.which(name) or "/bin/false"} "$@"')
        for name in STUBBED:
            self.stub(name)
        self.write("sync", "true")  # the disk of this computer does not lose its power
        self.stub("snap", "false")
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
        for name, value in (("vendor", vendor), ("class", kind), ("device", device)):
            self.file(f"sys/bus/pci/devices/{slot}/{name}", f"{value}\n")

    def plug_gpu(self, device: str) -> None:
        """One GPU by its PCI number, beside a network card."""
        self.plug("0000:00:03.0", "0x1af4", "0x020000", "0x1000")
        self.plug("0000:00:04.0", "0x10de", "0x030200", device)

    def file(self, path: str, content: str = "") -> Path:
        """A file of the machine's own."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(content)
        return made

    def boot(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run it as the cloud's agent does, in a process group of its own."""
        path = self.file("startup-script", script)
        env = {
            "PATH": str(self.bin),
            "CLOUDGPU_STATE_DIR": str(self.state),
            "CLOUDGPU_LOG": str(self.folder / "log"),
            "CLOUDGPU_PAUSE": "0",
            "CLOUDGPU_ROOT": str(self.root),
        }
        return subprocess.run(
            ["/bin/bash", path], text=True, capture_output=True, env=env | more, timeout=60, start_new_session=True
        )

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def console(self) -> str:
        return (self.root / "dev/console").read_text()

    @property
    def stages(self) -> list[list[str]]:
        """Stage, begin, seconds, outcome: a list for each line."""
        stages = self.state / "stages"
        return [line.split(" ") for line in stages.read_text().splitlines()] if stages.exists() else []

    @property
    def failure(self) -> list[str]:
        return (self.state / "failure").read_text().splitlines()

    @property
    def status(self) -> str:
        return (self.state / "status").read_text().strip()

    def asked(self, command: str) -> list[str]:
        """What was asked of `command` since the last time, in order."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [line for line in lines if line.split()[0] == command]
