"""The GPUs on a machine's PCI bus: what a startup script reads of them under /sys, and nothing that a kernel would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

_BUS, _PLACE = "/sys/bus/pci/devices", "usr/share/rehearsal-pci"
# NVIDIA's device numbers, by the public list of PCI ids; what is not here is called a T4
_DEVICES = {
    **{"V100": 0x1DB1, "P100": 0x15F8, "P4": 0x1BB3, "T4": 0x1EB8, "A100": 0x20B0, "A10G": 0x2237},
    **{"L4": 0x27B8, "L40S": 0x26B9, "H100": 0x2330, "H200": 0x2335, "B200": 0x2901},
}
_UNIT = f"""\
[Unit]
Description=GPUs of a rehearsal on the PCI bus
DefaultDependencies=no
After=local-fs.target
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/mount --bind /{_PLACE} {_BUS}
"""


def can_be_shown() -> bool:
    """Whether this computer has a PCI bus: a machine has the buses of the one below it."""
    return Path(_BUS).is_dir()


def devices(gpus: Sequence[str]) -> Mapping[str, str]:
    """The files that put them on the bus, from the machine's first boot on."""
    files = {
        "etc/systemd/system/rehearsal-pci.service": _UNIT,
        "etc/systemd/system/sysinit.target.d/rehearsal-pci.conf": "[Unit]\nWants=rehearsal-pci.service\n",
    }
    for number, gpu in enumerate(gpus, 4):
        told = {"vendor": "0x10de", "class": "0x030200", "device": f"{_device(gpu):#06x}"}
        files |= {f"{_PLACE}/0000:00:{number:02x}.0/{name}": f"{text}\n" for name, text in told.items()}
    return files


def _device(gpu: str) -> int:
    parts = gpu.replace("-", " ").split()
    return next((number for name, number in _DEVICES.items() if name in parts), _DEVICES["T4"])
