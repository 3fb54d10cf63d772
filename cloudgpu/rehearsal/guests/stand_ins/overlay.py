"""A container's own Python: a virtual environment over the one that stands for images, so that what a notebook
installs goes with its container."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def lay(environment: Mapping[str, Any], target: Path) -> None:
    """`environment`: `python` (an interpreter), `version` (major.minor), `packages` (folders), `prefix` (where
    share/jupyter and etc/jupyter are)."""
    binaries = target / "bin"
    site = target / "lib" / f"python{environment['version']}" / "site-packages"
    binaries.mkdir(parents=True)
    site.mkdir(parents=True)
    base = Path(environment["python"])
    (target / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    for name in ("python", "python3"):
        (binaries / name).symlink_to(base)
    (site / "image.pth").write_text("".join(f"{folder}\n" for folder in environment["packages"]))
    for name, module in (("jupyter", "jupyter"), ("jupyter-lab", "jupyterlab"), ("pip", "pip")):
        (binaries / name).write_text(f'#!/bin/sh\nexec "${{0%/*}}/python" -m {module} "$@"\n')
        (binaries / name).chmod(0o755)
    _share(Path(environment["prefix"]), target)


def _share(prefix: Path, target: Path) -> None:
    """Jupyter looks beside the interpreter for its pages, kernels and settings."""
    for part in ("share/jupyter", "etc/jupyter"):
        (target / part).mkdir(parents=True)
        for one in (prefix / part).iterdir() if (prefix / part).is_dir() else ():
            if one.name != "lab":
                (target / part / one.name).symlink_to(one)
    lab = target / "share/jupyter/lab"
    lab.mkdir()
    for one in (prefix / "share/jupyter/lab").iterdir() if (prefix / "share/jupyter/lab").is_dir() else ():
        if one.name != "settings":
            (lab / one.name).symlink_to(one)
    (lab / "settings").mkdir()
    quiet = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}\n'
    (lab / "settings" / "overrides.json").write_text(quiet)
