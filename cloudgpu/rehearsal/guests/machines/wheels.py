"""The package index of the rehearsal's internet, under pypi.org: Jupyter, old and new, and what it stands on."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from cloudgpu.rehearsal.guests.machines import cache
from cloudgpu.rehearsal.guests.machines.running import tool

_PYTHON = "3.11.2"  # Debian's: newer wheels would be taken for that of this computer
# each line by itself: they do not go together
_WANTED = (
    ("jupyterlab>=4.2,<5", "ipykernel>=6.29", "notebook>=7,<8", "pip", "setuptools<81", "wheel"),
    ("notebook>=6.5,<7", "ipykernel>=6.29"),
)


def index() -> Path:
    """The folder that pypi.org shows; downloads 40 MB the first time."""
    return cache.built("wheels", cache.key([Path(__file__).read_text()]), _make)


def folder() -> Path:
    """Where the wheels themselves lie."""
    return index() / "packages"


def _make(place: Path) -> None:
    packages = place / "packages"
    for wanted in _WANTED:
        tool(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--python-version", _PYTHON),
            *("--dest", packages, *wanted),
        )
    projects: dict[str, list[Path]] = {}
    for wheel in sorted(packages.iterdir()):
        projects.setdefault(re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower(), []).append(wheel)
    _page(place / "simple", [(name, f"{name}/") for name in projects])
    for name, wheels in projects.items():
        _page(place / "simple" / name, [(one.name, f"../../packages/{one.name}#{_digest(one)}") for one in wheels])


def _page(folder: Path, links: list[tuple[str, str]]) -> None:
    """As PEP 503 has it."""
    folder.mkdir(parents=True)
    body = "".join(f'<a href="{target}">{text}</a><br>\n' for text, target in links)
    (folder / "index.html").write_text(f"<!DOCTYPE html>\n<html><body>\n{body}</body></html>\n")


def _digest(file: Path) -> str:
    return f"sha256={hashlib.sha256(file.read_bytes()).hexdigest()}"
