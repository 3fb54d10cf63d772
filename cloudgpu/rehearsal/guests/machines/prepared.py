"""The layer of images that come with Docker and NVIDIA's toolkit, above the root file system."""

from __future__ import annotations

import shutil
from pathlib import Path

from cloudgpu.rehearsal.guests.machines import cache, packages, recipe
from cloudgpu.rehearsal.guests.machines.disk import Disk
from cloudgpu.rehearsal.guests.machines.running import tool

_NO_SERVICES = "#!/bin/sh\nexit 101\n"  # nothing is started while packages are installed in a folder


def layer() -> Path:
    """The folder to put above that of `recipe.rootfs`; 250 MB."""
    root, shelf = recipe.rootfs(), packages.shelves()
    return (
        cache.built(
            "prepared",
            cache.key([root.parent.name, shelf.name, Path(__file__).read_text()]),
            lambda place: _make(place, root),
        )
        / "upper"
    )


def _make(place: Path, root: Path) -> None:
    disk = Disk(place)
    disk.attach((root,))
    try:
        for one in packages.engine():
            shutil.copy(one, disk.root / "tmp")
        disk.write("usr/sbin/policy-rc.d", _NO_SERVICES, 0o755)
        inside = [f"/tmp/{one.name}" for one in packages.engine()]  # noqa: S108 - a folder of the image
        tool("chroot", disk.root, "dpkg", "--force-unsafe-io", "-i", *inside, env={"DEBIAN_FRONTEND": "noninteractive"})
        tool("chroot", disk.root, "nvidia-ctk", "runtime", "configure", "--runtime=docker")
        for path in (*inside, "/usr/sbin/policy-rc.d"):
            Path(f"{disk.root}{path}").unlink()
    finally:
        tool("umount", disk.root)
    for left in (disk.root, disk.folder / "work", disk.docker):
        shutil.rmtree(left, ignore_errors=True)
