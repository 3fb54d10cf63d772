"""The NVIDIA driver, where the image came without one."""

from __future__ import annotations

import pytest

from tests.startup.machine import FOR_EVER, Machine


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
    assert (done.returncode, machine.status) == (0, "done"), machine.log
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
