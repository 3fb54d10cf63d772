"""Running the system's own tools, from wherever they are kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudgpu.errors import CloudgpuError

_SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def environ(**more: str) -> dict[str, str]:
    """This process's variables with the folders of system tools on PATH."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{_SYSTEM}".lstrip(":"), **more}


def tool(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
    """Its standard output. CloudgpuError, with its last words, where it fails."""
    done = _run(words, cwd, env, stdin)
    if done.returncode:
        raise CloudgpuError(
            f"{words[0]} failed with status {done.returncode}.",
            details="\n".join((done.stderr or done.stdout).strip().splitlines()[-12:]),
            remedy="Its words say why; the command was: " + " ".join(map(str, words))[:400],
        )
    return done.stdout


def tried(*words: str | Path) -> bool:
    """Whether it succeeded; what is to be undone may be undone already."""
    return _run(words, None, None, "").returncode == 0


def _run(
    words: Sequence[str | Path], cwd: Path | None, env: Mapping[str, str] | None, stdin: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(one) for one in words], cwd=cwd, env=environ(**(env or {})), input=stdin, capture_output=True, text=True
    )
