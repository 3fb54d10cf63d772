"""What a machine runs when it boots and what its container runs: constant scripts, parameters in a header."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

from cloudgpu.rules.names import expires_label


def render(*, expires_at: datetime | None, user: str, image: str = "") -> str:
    """The machine's startup script: a header that says who logs in, when the machine ends itself (unix seconds, or
    `never`) and which container image it begins to pull, then `startup_scripts/NN-*.sh` in order. The same arguments
    give the same bytes. Nothing secret is in it: everybody on the machine can read it.
    """
    header = (
        "#!/bin/bash\n"
        "# Made by cloudgpu; only the next three lines differ from machine to machine.\n"
        f"CLOUDGPU_USER={shlex.quote(user)}\n"
        f"CLOUDGPU_EXPIRES={expires_label(expires_at)}\n"
        f"CLOUDGPU_IMAGE={shlex.quote(image)}\n"
    )
    stages = sorted(scripts().glob("[0-9][0-9]-*.sh"))
    return "\n".join([header, *(f"# {one.name}\n{_body(one)}" for one in stages)])


def container_script() -> bytes:
    """The script that starts Jupyter in a container of any image."""
    return (scripts() / "container" / "start-jupyter.sh").read_bytes()


def gpu_probe() -> bytes:
    """The program that tries the GPU inside a container."""
    return (scripts() / "container" / "gpu_probe.py").read_bytes()


def scripts() -> Path:
    """The folder of the scripts: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "startup_scripts"
    return installed if installed.is_dir() else package.parent / "startup_scripts"


def _body(script: Path) -> str:
    return script.read_text(encoding="utf-8").removeprefix("#!/bin/bash\n")
