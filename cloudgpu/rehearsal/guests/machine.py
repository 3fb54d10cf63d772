"""A guest's own folder: its home, its programs, its environment, its published ports."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from cloudgpu.rehearsal.guests.stand_ins.nvidia_smi import DRIVER
from cloudgpu.rehearsal.guests.stand_ins.processes import MARK
from cloudgpu.rehearsal.world import GuestSpec

_HERE = Path(__file__).parent
_MEMORY_MIB = {"T4": 15360, "P4": 7680, "L40S": 46068, "L4": 23034, "A10G": 23028, "80GB": 81920, "A100": 40960,
               "H100": 81559, "H200": 143771, "B200": 183359}  # fmt: skip
_FOUND_ELSEWHERE = ("docker", "nvidia-smi")  # stand-ins of a guest, not there in a container
# What would reach for the computer underneath.
_SHIELDED = (
    *(
        "shutdown",
        "poweroff",
        "reboot",
        "halt",
        "init",
        "telinit",
        "systemctl",
        "systemd-run",
        "service",
        "crontab",
        "at",
    ),
    *(
        "apt",
        "apt-get",
        "dpkg",
        "yum",
        "dnf",
        "snap",
        "modprobe",
        "rmmod",
        "insmod",
        "mount",
        "umount",
        "mkfs",
        "fdisk",
    ),
    *("useradd", "usermod", "userdel", "groupadd", "passwd", "iptables", "nft", "ip"),
    *_FOUND_ELSEWHERE,
)
_SUDO = """#!/bin/sh
# The guest's user is its root: what comes is run as it is.
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -u | -g | -p | -C | -D | -h) shift 2 ;;
    -*) shift ;;
    *=*) export "$1"; shift ;;
    *) break ;;
  esac
done
case ${1-} in
  "") exit 0 ;;
  */own-script)
    echo "WARNING: this is a rehearsal on this computer: your own startup script is not run"
    exit 0
    ;;
esac
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """One guest on disk."""

    folder: Path
    spec: GuestSpec

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def state(self) -> Path:
        return self.folder / "var/lib/cloudgpu"

    @property
    def startup_log(self) -> Path:
        return self.folder / "var/log/cloudgpu-startup.log"

    @property
    def docker(self) -> Path:
        return self.folder / "docker"

    def furnish(self) -> None:
        """Make the folders and put the stand-ins on the guest's PATH."""
        for part in ("home", "tmp", "logs", "bin", "gpu", "shields", "docker/containers", "docker/volumes"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self.state.mkdir(parents=True)
        self.startup_log.parent.mkdir(parents=True)
        _program(self.folder / "bin/docker", _python("docker"))
        _program(self.folder / "bin/sudo", _SUDO)
        for name in _SHIELDED:
            status = 127 if name in _FOUND_ELSEWHERE else 1
            text = f"{name}: not found" if status == 127 else f"{name}: not carried out, this is a rehearsal"
            _program(self.folder / "shields" / name, f"#!/bin/sh\necho {shlex.quote(text)} >&2\nexit {status}\n")
        if self.spec.gpus:
            gpus = [_gpu(self.spec.id, index, name) for index, name in enumerate(self.spec.gpus)]
            (self.folder / "gpus.json").write_text(json.dumps(gpus))
            _program(self.folder / "gpu/nvidia-smi", _python("nvidia_smi"))

    def environment(self, control: str, key: str) -> dict[str, str]:
        """Nothing of the user's own but the language and the time zone."""
        own = {name: os.environ[name] for name in ("LANG", "LC_ALL", "LC_CTYPE", "TZ") if name in os.environ}
        here = self.folder
        return {
            **own,
            "HOME": str(self.home),
            "USER": self.spec.user,
            "LOGNAME": self.spec.user,
            "SHELL": "/bin/sh",
            "TMPDIR": str(here / "tmp"),
            "PATH": f"{here}/bin:{here}/gpu:{here}/shields:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "CLOUDGPU_STATE_DIR": str(self.state),
            "CLOUDGPU_LOG": str(self.startup_log),
            "CLOUDGPU_REHEARSAL_DOCKER": str(self.docker),
            "CLOUDGPU_REHEARSAL_GPUS": str(here / "gpus.json"),
            "CLOUDGPU_REHEARSAL_GPU_BIN": str(here / "gpu"),
            "CLOUDGPU_REHEARSAL_SHIELDS": str(here / "shields"),
            "CLOUDGPU_REHEARSAL_CONTROL": control,
            "CLOUDGPU_REHEARSAL_KEY": key,
            MARK: str(here),
        }

    def real_port(self, port: int) -> int | None:
        """Where the guest's own loopback has this port on this computer; None: closed."""
        for folder in (self.docker / "containers").glob("*"):
            try:
                published = json.loads((folder / "config.json").read_text())["ports"]
                real = json.loads((folder / "state.json").read_text())["ports"]
            except (OSError, ValueError):
                continue  # being made, or being removed
            for one in published:
                if one["host_port"] == str(port) and one["container_port"] in real:
                    return int(real[one["container_port"]])
        return None


def stand_in(name: str) -> list[str]:
    """The words that start `stand_ins.<name>` with nothing but the standard library."""
    load = f"import sys; sys.path.insert(0, {str(_HERE)!r}); from stand_ins.{name} import main"
    code = f"{load}; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-I", "-S", "-c", code]


def _python(name: str) -> str:
    return f'#!/bin/sh\nexec {shlex.join(stand_in(name))} "$@"\n'


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _gpu(guest: str, index: int, name: str) -> dict[str, str]:
    """The name says that it is not one."""
    digest = hashlib.sha256(f"{guest} {index}".encode()).hexdigest()
    memory = next((size for part, size in _MEMORY_MIB.items() if part in name.replace("-", " ").split()), 16384)
    return {
        "index": str(index),
        "name": name if "rehearsal" in name else f"{name} (rehearsal)",
        "uuid": f"GPU-{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "gpu_uuid": "",
        "count": "1",
        "driver_version": DRIVER,
        "pci.bus_id": f"00000000:00:{index + 4:02X}.0",
        "memory.total": str(memory),
        "memory.used": "0",
        "memory.free": str(memory),
        "utilization.gpu": "0",
        "utilization.memory": "0",
        "temperature.gpu": "30",
        "power.draw": "10.00",
        "power.limit": "70.00",
        "compute_cap": "[N/A]",
        "pstate": "P8",
    }
