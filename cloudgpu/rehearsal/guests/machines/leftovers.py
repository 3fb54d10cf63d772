"""What a rehearsal that was killed has left: ended and removed before the next one of the same folder begins."""

from __future__ import annotations

from pathlib import Path

from cloudgpu.rehearsal.guests.machines import cgroups, disk, namespaces


def clean(namespace: str, folder: Path) -> None:
    """Only what bears the namespace's name, and what is mounted below the folder. Nothing there is fine."""
    for name in cgroups.left(namespace):
        cgroups.Group(namespace, name).kill()
    disk.detach(folder)
    for one in reversed(namespaces.left(namespace)):
        namespaces.remove(one)
