"""What a process in a container gets: paths, environment and program as they are on this computer."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .processes import MARK
from .records import Container

JUPYTER_PORT = "8888"
_NOT_IN_IMAGES = ("docker", "nvidia-smi")
_SYSTEM = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def rewritten(text: str, mounts: list[dict[str, Any]]) -> str:
    """The text with each mounted path of the container replaced by where it lies on this computer."""
    where = {mount["destination"].rstrip("/"): mount["source"] for mount in mounts}
    longest_first = sorted(filter(None, where), key=len, reverse=True)
    if not longest_first:
        return text
    either = "|".join(re.escape(path) for path in longest_first)
    return re.sub(rf"(?<![\w.\-/])(?:{either})(?![\w.\-])", lambda match: where[match.group()], text)


def environment(
    container: Container, ports: Mapping[str, int], extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`ports`: the container's ports to those it really has. A home outside the guest would be the user's own."""
    config = container.config
    given = {**config["env"], **(extra or {})}
    env = {name: rewritten(value, config["mounts"]) for name, value in given.items()}
    home = str(container.folder / "home")
    guest = os.environ["CLOUDGPU_REHEARSAL_DOCKER"].rpartition("/")[0]
    if not env.get("HOME", "").startswith(f"{guest}/"):
        env["HOME"] = home
    shields = os.environ["CLOUDGPU_REHEARSAL_SHIELDS"]
    gpu = [os.environ["CLOUDGPU_REHEARSAL_GPU_BIN"]] if config["gpus"] else []
    env["PATH"] = ":".join([str(container.folder / "env" / "bin"), *gpu, shields, _SYSTEM])
    env.setdefault("HOSTNAME", config["hostname"])
    env.setdefault("LANG", "C.UTF-8")
    env["TMPDIR"] = str(container.folder / "tmp")
    env[MARK] = str(container.folder)
    if config["gpus"]:
        env["CLOUDGPU_REHEARSAL_GPUS"] = os.environ["CLOUDGPU_REHEARSAL_GPUS"]
        env["NVIDIA_VISIBLE_DEVICES"] = config["gpus"]
    asked = given.get("CLOUDGPU_PORT", JUPYTER_PORT)
    if asked in ports:
        env["CLOUDGPU_PORT"] = str(ports[asked])
    env["CLOUDGPU_IP"] = "127.0.0.1"
    return env


def program(container: Container, words: list[str], env: Mapping[str, str]) -> list[str] | None:
    """The words with the paths of this computer, the first one found on the container's PATH; None: no such program."""
    words = [rewritten(word, container.config["mounts"]) for word in words]
    found = shutil.which(words[0], path=env["PATH"])
    is_shield = found and Path(found).parent == Path(os.environ["CLOUDGPU_REHEARSAL_SHIELDS"])
    if found is None or (is_shield and words[0] in _NOT_IN_IMAGES):
        return None
    return [found, *words[1:]]


def workdir(container: Container, wanted: str = "") -> str:
    where = Path(rewritten(wanted, container.config["mounts"])) if wanted else Path(container.config["real_workdir"])
    return str(where if where.is_dir() else container.folder / "home")
