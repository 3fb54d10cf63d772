"""The package repositories of the rehearsal's internet: signed, and under the names that startup scripts use."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from cloudgpu.rehearsal.guests.machines import cache, nvidia, signing
from cloudgpu.rehearsal.guests.machines.recipe import SUITE
from cloudgpu.rehearsal.guests.machines.running import tool

_ENGINE = ("containerd", "runc", "tini")
_DEBIAN = (
    "docker.io",
    *_ENGINE,
    "ca-certificates",
    "curl",
    "gnupg",
    "gpg",
    "pciutils",
    "libpci3",
    "pci.ids",
    "netcat-openbsd",
)
# what an image without Python lacks
_PYTHON = (
    *("python3", "python3-minimal", "python3.11", "python3.11-minimal", "libpython3.11-minimal", "python3-distutils"),
    *("libpython3.11-stdlib", "libpython3-stdlib", "python3-lib2to3", "python3-venv", "python3.11-venv"),
    *("python3-pip-whl", "python3-setuptools-whl", "media-types"),
)
_VERSION = "5:20.10.24-1~rehearsal"
# Docker's own packages cannot be had here: docker-ce is Debian's engine under that name, which it conflicts with by its
# own, and the others point to what belongs to it
_DOCKER = {
    "docker-ce-cli": "docker-ce",
    "containerd.io": "containerd, runc",
    "docker-buildx-plugin": "docker-ce-cli",
}
_TOOLKIT = {"nvidia-container-toolkit": "nvidia-container-toolkit-base", "nvidia-container-toolkit-base": "python3"}
_CUDA = "developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"
_DRIVER_VERSION = "580.159.04-1"
_KERNEL = os.uname().release
_LIST = "deb https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH) /\n"


def shelves() -> Path:
    """A folder for each host name, as its web server shows it; downloads 65 MB the first time."""
    parts = (SUITE, _KERNEL, Path(__file__).read_text(), *nvidia.toolkit().values(), str(nvidia.driver_packages()))
    return cache.built("packages", cache.key([*parts, signing.public_key().read_text()]), _make)


def engine() -> list[Path]:
    """The files of everything that an image with Docker and the toolkit has installed."""
    shelf = shelves()
    docker = (shelf / "download.docker.com/linux/debian/pool").glob("*.deb")
    toolkit = (shelf / "nvidia.github.io/libnvidia-container/stable/deb/amd64").glob("*.deb")
    debian = [one for name in _ENGINE for one in (shelf / "deb.debian.org/debian/pool").glob(f"{name}_*.deb")]
    return [*debian, *docker, *toolkit]


def _make(place: Path) -> None:
    debian, docker = place / "deb.debian.org/debian", place / "download.docker.com/linux/debian"
    toolkit = place / "nvidia.github.io/libnvidia-container/stable/deb/amd64"
    cuda = place / _CUDA
    for folder in (debian / "pool", docker / "pool", toolkit, cuda):
        folder.mkdir(parents=True)
    tool("apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *_DEBIAN, *_PYTHON, cwd=debian / "pool")
    _renamed(next((debian / "pool").glob("docker.io_*.deb")), docker / "pool")
    for name, depends in _DOCKER.items():
        _package(docker / "pool", name, _VERSION, depends, {})
    for name, depends in _TOOLKIT.items():
        files = nvidia.toolkit() if name == "nvidia-container-toolkit" else {}
        _package(toolkit, name, "1.20.0-1", depends, files)
    for name, files in nvidia.driver_packages().items():
        _package(cuda, name, _DRIVER_VERSION, "python3", files)
    if re.fullmatch(r"[a-z0-9.+-]+", _KERNEL):  # else it is no name of a package, and no driver is installed
        _package(debian / "pool", f"linux-headers-{_KERNEL}", "1~rehearsal", "python3", {})
    _suite(debian, "Debian", "main")
    _suite(docker, "Docker", "stable")
    _index(toolkit, toolkit, "NVIDIA", toolkit)
    _index(cuda, cuda, "NVIDIA", cuda)
    shutil.copy(signing.public_key(), docker / "gpg")
    shutil.copy(signing.public_key(), cuda / "3bf863cc.pub")
    shutil.copy(signing.public_key(), place / "nvidia.github.io/libnvidia-container/gpgkey")
    (toolkit.parent / "nvidia-container-toolkit.list").write_text(_LIST)


def _package(folder: Path, name: str, version: str, depends: str, files: Mapping[str, str]) -> None:
    tree = folder / f"{name}.tree"
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o755)
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: cloudgpu <nobody@example.invalid>\n"
        f"Depends: {depends}\nDescription: stands for {name} in a rehearsal\n"
    )
    tool("dpkg-deb", "-Zgzip", "--root-owner-group", "--build", tree, folder)
    shutil.rmtree(tree)


def _renamed(docker_io: Path, folder: Path) -> None:
    tree = folder / "docker-ce.tree"
    tool("dpkg-deb", "--raw-extract", docker_io, tree)
    told = {"Package": "docker-ce", "Version": _VERSION, "Conflicts": "docker.io"}
    lines = []
    for line in (tree / "DEBIAN/control").read_text().splitlines():
        field = line.partition(":")[0]
        lines.append(
            f"{field}: {told[field]}" if field in told else line.replace("containerd (>= 1.4~)", "containerd.io")
        )
    (tree / "DEBIAN/control").write_text("\n".join(lines) + "\n")
    tool("dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", tree, folder)
    shutil.rmtree(tree)


def _suite(archive: Path, origin: str, component: str) -> None:
    """The usual layout: dists/SUITE/COMPONENT beside pool."""
    suite = archive / "dists" / SUITE
    (suite / component / "binary-amd64").mkdir(parents=True)
    _index(archive, suite / component / "binary-amd64", origin, suite, component)


def _index(archive: Path, packages: Path, origin: str, suite: Path, component: str = "") -> None:
    what = archive / "pool" if (archive / "pool").is_dir() else archive
    (packages / "Packages").write_text(tool("apt-ftparchive", "packages", what.relative_to(archive), cwd=archive))
    told = {"Origin": origin, "Suite": SUITE, "Codename": SUITE, "Architectures": "amd64", "Components": component}
    options = [word for key, text in told.items() if text for word in ("-o", f"APT::FTPArchive::Release::{key}={text}")]
    release = tool("apt-ftparchive", *options, "release", ".", cwd=suite)
    (suite / "Release").write_text(release)
    signing.sign(suite / "Release")
