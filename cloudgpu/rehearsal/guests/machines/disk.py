"""A machine's disk: its own layer above the root file system that all share, and an ordinary folder for Docker."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cloudgpu.rehearsal.guests.machines.running import tool, tried


@dataclass(frozen=True, slots=True)
class Disk:
    """Below one folder. `root` is what the machine sees, while it is attached."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def docker(self) -> Path:
        """Docker's layers cannot lie above ours: one overlay does not sit on another."""
        return self.folder / "docker"

    @property
    def console(self) -> Path:
        return self.folder / "console"

    def attach(self, below: tuple[Path, ...], size: str = "") -> None:
        """Make it where it is not there, and mount it above `below`, the topmost first. With a `size` (`60m`) it takes
        no more than that."""
        own = self.folder / "small" if size else self.folder
        for part in (own, self.root, self.docker):
            part.mkdir(parents=True, exist_ok=True)
        if size:
            tool("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", own)
        for part in (own / "upper", own / "work"):
            part.mkdir(exist_ok=True)
        lower = ":".join(map(str, below))
        layers = f"lowerdir={lower},upperdir={own}/upper,workdir={own}/work"
        tool("mount", "-t", "overlay", "overlay", "-o", layers, self.root)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def remove(self) -> None:
        """Unmount it and throw it away. Gone already is fine."""
        detach(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def detach(folder: Path) -> None:
    """Unmount everything below the folder, the latest first."""
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        place = line.split()[1].replace("\\040", " ")
        if place.startswith(f"{folder}/"):
            tried("umount", place) or tried("umount", "--lazy", place)
