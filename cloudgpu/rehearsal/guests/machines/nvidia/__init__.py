"""What stands for NVIDIA's driver and container toolkit on a machine without a GPU. None of it claims to be one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudgpu.rehearsal.guests.machines.nvidia import pci

SHARE = "usr/share/rehearsal-gpu"
TROUBLES = ("missing", "mismatch", "slow", "ecc", "late toolkit")
_HERE = Path(__file__).parent
# An engine looks for the hook when it starts: the first time, it is only there afterwards.
_LATE = f"""[Service]
ExecStartPre=/bin/sh -c '[ -e /{SHARE}/started ] || chmod a-x /usr/bin/nvidia-container-runtime-hook'
ExecStartPost=/bin/sh -c 'chmod a+x /usr/bin/nvidia-container-runtime-hook; touch /{SHARE}/started'
"""
_MEMORY_MIB = {"T4": 15360, "L4": 23034, "A10G": 23028, "L40S": 46068, "A100": 40960, "H100": 81559}


def hardware(guest: str, gpus: Sequence[str]) -> Mapping[str, str]:
    """The GPUs themselves, as files with the contents: nothing drives them yet."""
    return {f"{SHARE}/gpus": "".join(_lines(guest, gpus)), **pci.devices(gpus)}


def driver(trouble: str = "") -> Mapping[str, str]:
    """The files that the driver is. `late toolkit` is for an image with everything on it: Docker has not been restarted
    since the toolkit came."""
    files = {"usr/bin/nvidia-smi": text("nvidia-smi.sh")}
    if trouble == "late toolkit":
        return {**files, "etc/systemd/system/docker.service.d/late-toolkit.conf": _LATE}
    return {**files, f"{SHARE}/trouble": f"{trouble}\n"} if trouble else files


def driver_packages() -> Mapping[str, Mapping[str, str]]:
    """The files of each package that is the driver in NVIDIA's repository. There is no module: loading it succeeds."""
    module = {"etc/modprobe.d/rehearsal-nvidia.conf": "install nvidia /bin/true\ninstall nvidia_uvm /bin/true\n"}
    return {
        "nvidia-driver-pinning-580": {},
        "nvidia-kernel-dkms": module,
        "nvidia-kernel-open-dkms": module,
        "nvidia-driver-cuda": driver(),
    }


def toolkit() -> Mapping[str, str]:
    """The files of the package nvidia-container-toolkit."""
    return {
        "usr/bin/nvidia-container-runtime-hook": text("nvidia-container-runtime-hook.py"),
        "usr/bin/nvidia-ctk": text("nvidia-ctk.py"),
        "usr/bin/nvidia-container-runtime": '#!/bin/sh\nexec runc "$@"\n',
    }


def text(name: str) -> str:
    return (_HERE / name).read_text()


def _lines(guest: str, gpus: Sequence[str]) -> list[str]:
    return [f"{index},{name} TEST GPU,{_uuid(guest, index)},{_memory(name)}\n" for index, name in enumerate(gpus)]


def _uuid(guest: str, index: int) -> str:
    digest = hashlib.sha256(f"{guest} {index}".encode()).hexdigest()
    return f"GPU-{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def _memory(name: str) -> int:
    parts = name.replace("-", " ").split()
    return next((size for part, size in _MEMORY_MIB.items() if part in parts), 16384)
