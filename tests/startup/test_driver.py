"""The NVIDIA driver, where the image came without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.startup.fresh import DEBIAN_12, H100, T4, UBUNTU_24, V100, Fresh
from tests.startup.machine import FOR_EVER, Machine

KERNEL = "6.14.0-1021-gcp"


@pytest.mark.parametrize(
    ("device", "modules"),
    [(V100, "580-server"), (T4, "580-server-open"), (H100, "580-server-open")],
    ids=["V100", "T4", "H100"],
)
def test_on_ubuntu_the_modules_are_those_that_canonical_built(tmp_path: Path, device: str, modules: str) -> None:
    machine = Fresh(tmp_path, UBUNTU_24, device)
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
    driver = [
        f"linux-modules-nvidia-{modules}-{KERNEL}",
        f"nvidia-headless-no-dkms-{modules}",
        "nvidia-utils-580-server",
    ]
    assert machine.configured[:3] == driver
    assert (machine.folder / "loaded").exists()
    held = (machine.folder / "held").read_text().split()
    assert held == driver, "neither an upgrade nor a new kernel takes the driver away later"


@pytest.mark.parametrize(
    ("device", "modules"), [(V100, "nvidia-kernel-dkms"), (T4, "nvidia-kernel-open-dkms")], ids=["V100", "T4"]
)
def test_on_debian_they_are_built_from_nvidias_packages(tmp_path: Path, device: str, modules: str) -> None:
    machine = Fresh(tmp_path, DEBIAN_12, device)
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
    assert machine.configured[:4] == [
        "nvidia-driver-pinning-580", f"linux-headers-{KERNEL}", modules, "nvidia-driver-cuda",
    ]  # fmt: skip
    sources = machine.root / "etc/apt/sources.list.d"
    assert "repos/debian12/x86_64/\nSuites: /\n" in (sources / "cuda.sources").read_text()
    assert "Components: main contrib\n" in (sources / "debian.sources").read_text()


def test_a_kernel_that_debian_has_no_headers_for_is_named(tmp_path: Path) -> None:
    machine = Fresh(tmp_path, DEBIAN_12)
    (machine.folder / "old-kernel").touch()
    assert machine.switch_on(FOR_EVER) == 1
    assert machine.status.startswith("failed driver ")
    assert f"no headers for {KERNEL}" in machine.failure[-1]


def test_a_machine_with_switches_gets_their_manager_in_the_drivers_version(tmp_path: Path) -> None:
    machine = Fresh(tmp_path, UBUNTU_24, H100)
    machine.plug("0000:00:05.0", "0x10de", "0x068000", "0x22a3")
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
    calls = machine.calls.read_text().splitlines()
    assert calls.index("modprobe nvidia") < calls.index("systemctl enable --now nvidia-fabricmanager")
    assert next(call.split()[-1] for call in calls if "fabricmanager" in call) == "nvidia-fabricmanager-580=580.126.09*"


def test_secure_boot_is_named_where_it_is_the_reason(tmp_path: Path) -> None:
    machine = Fresh(tmp_path, UBUNTU_24)
    (machine.folder / "rejects").touch()
    assert machine.switch_on(FOR_EVER) == 1
    assert machine.status.startswith("failed driver ")
    assert machine.failure[-2].endswith("Key was rejected by service")
    assert "Secure Boot is on" in machine.failure[-1] and "without Secure Boot" in machine.failure[-1]


def test_a_module_that_does_not_load_for_another_reason_is_told_with_the_kernels_words(machine: Machine) -> None:
    machine.plug_gpu(T4)
    (machine.bin / "nvidia-smi").unlink()
    machine.write("uname", f"echo {KERNEL}")
    machine.stub("modprobe", "echo modprobe: ERROR: No such device >&2; exit 1")
    assert machine.boot(FOR_EVER).returncode == 1
    assert machine.status.startswith("failed driver ")
    assert "modprobe: ERROR: No such device" in machine.failure


def test_a_driver_that_the_image_brings_is_left_alone(machine: Machine) -> None:
    machine.plug_gpu(T4)
    machine.boot(FOR_EVER)
    calls = machine.calls.read_text()
    assert machine.status == "done" and "modprobe" not in calls and "apt" not in calls.replace("apt-daily", "")


def test_a_machine_without_a_gpu_gets_no_driver(machine: Machine) -> None:
    machine.plug("0000:00:05.0", "0x10de", "0x068000", "0x22a3")  # an NVSwitch is no GPU
    (machine.bin / "nvidia-smi").unlink()
    machine.boot(FOR_EVER)
    assert (machine.status, machine.asked("apt-get")) == ("done", [])
    assert "no NVIDIA GPU on its PCI bus" in machine.log
