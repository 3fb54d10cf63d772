"""A folder that plays a machine: stubs for what would change this computer, and no other commands on PATH."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cloudgpu.rules.startup import render

FOR_EVER = render(expires_at=None, user="cloudgpu")
STAGES = ["lifetime", "host-keys", "quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"]
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
    "rm",
    "wc",
    "tail",
    "sync",
    "flock",
)


class Machine:
    """A folder that plays the machine: its PATH, its state, its apt folder, and a log of what the stubs were asked."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.state, self.apt, self.calls, self.pci, self.root = (
            folder / part for part in ("bin", "state", "apt", "calls", "pci", "root")
        )
        self.file("dev/console")
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
        path = self.file("startup-script", script)
        env = {
            "PATH": str(self.bin),
            "CLOUDGPU_STATE_DIR": str(self.state),
            "CLOUDGPU_LOG": str(self.state / "log"),
            "CLOUDGPU_APT_DIR": str(self.apt),
            "CLOUDGPU_APT_PAUSE": "0",
            "CLOUDGPU_PCI_DIR": str(self.pci),
            "CLOUDGPU_ROOT": str(self.root),
        }
        return subprocess.run(["/bin/bash", path], text=True, capture_output=True, env=env, timeout=60)

    @property
    def log(self) -> str:
        return (self.state / "log").read_text()

    @property
    def console(self) -> str:
        return (self.root / "dev/console").read_text()

    @property
    def stages(self) -> list[list[str]]:
        """Stage, begin, seconds, outcome: a list for each line."""
        return [line.split(" ") for line in (self.state / "stages").read_text().splitlines()]

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
