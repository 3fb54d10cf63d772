"""Images that others are built from: Debian as it comes, without Python, and with one that has pip."""

from __future__ import annotations

import shutil
from pathlib import Path

from cloudgpu.rehearsal.guests.machines import recipe, signing
from cloudgpu.rehearsal.guests.machines.registry import Image, put
from cloudgpu.rehearsal.guests.machines.running import tool

_PACKAGES = ("ca-certificates", "python3", "python3-venv", "python3-pip")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_DEBIAN, _PYTHON = ("library/debian", "bookworm-slim"), ("library/python", "3.11-slim")
_CUDA = ("nvidia/cuda", "12.8.1-base-ubuntu24.04")
_CUDA_ENVIRONMENT = {"CUDA_VERSION": "12.8.1", "NVIDIA_REQUIRE_CUDA": "cuda>=12.8", "NVIDIA_VISIBLE_DEVICES": "all"}
_FILES = {
    "etc/apt/sources.list": recipe.SOURCES,
    # the containers' name servers and mirrors have the certificates of the rehearsal's internet
    "etc/pip.conf": "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n",
}


def store(storage: Path, work: Path) -> None:
    """Put them into a registry's storage. The one called CUDA is Debian with the variables of NVIDIA's."""
    root = work / "debian"
    tool("mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(_PACKAGES)}", *recipe.options(), recipe.SUITE,
         root, *recipe.archives())  # fmt: skip
    for path in root.glob("etc/apt/sources.list.d/*"):
        path.unlink()
    for name, text in _FILES.items():
        (root / name).write_text(text)
    (root / "etc/apt/keyrings").mkdir(exist_ok=True)
    shutil.copy(signing.public_key(), root / "etc/apt/keyrings/debian.asc")
    recipe.trust(root)
    _keep(storage, root, work / "python.tar", _PYTHON, {}, "python3")
    installed = tool("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package}\n").split()
    tool("chroot", root, "dpkg", "--purge", *(one for one in installed if "python" in one))
    _keep(storage, root, work / "debian.tar", _DEBIAN, {}, "bash")
    _keep(storage, root, work / "debian.tar", _CUDA, _CUDA_ENVIRONMENT, "bash")


def _keep(
    storage: Path, root: Path, tar: Path, name: tuple[str, str], environment: dict[str, str], command: str
) -> None:
    if not tar.exists():
        tool("tar", "--create", "--file", tar, "--exclude=./var/cache/apt/*", "--exclude=./dev/*", "-C", root, ".")
    put(storage, Image([tar], {"PATH": _PATH, **environment}, (command,)), [name])
