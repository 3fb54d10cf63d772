"""The Python that stands for every container image: JupyterLab and a kernel, made once for each user and kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import threading
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from cloudgpu.errors import ContainerError

_WANTED = {"jupyterlab": ">=4.2,<5", "ipykernel": ">=6.29"}
_REMEDY = "pip install 'cloudgpu[rehearsal]'"


@dataclass(frozen=True, slots=True)
class Environment:
    """`maker`: uv, pip, or `linking what is installed here`. `packages`: the folders to import from; `prefix`: where
    share/jupyter and etc/jupyter are; `version`: Python's, as `3.11`."""

    maker: str
    python: str
    version: str
    packages: tuple[str, ...]
    prefix: str


def cache_folder() -> Path:
    """`$CLOUDGPU_CACHE`, else the platform's cache folder."""
    if own := os.environ.get("CLOUDGPU_CACHE"):
        return Path(own) / "rehearsal"
    from platformdirs import user_cache_path

    return user_cache_path("cloudgpu") / "rehearsal"


def ensure(cache: Path | None = None) -> Environment:
    """The environment, made if it is not there: by uv, else by pip, else linked to what is installed beside us.

    Takes seconds the first time. Safe against another process doing the same. ContainerError where none can be had.
    """
    cache = cache or cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _kept(cache) or _made(cache) or linked()
    except OSError as error:
        raise ContainerError(
            f"No environment can be kept in {cache}.",
            details=str(error),
            remedy="Name a folder that can be written: export CLOUDGPU_CACHE=/path/with/space",
        ) from error


class Shared:
    """`ensure` for many callers of one process: asked once, the others wait for its answer. Makes itself anew when its
    interpreter is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Environment | None = None

    def __call__(self) -> Environment:
        with self._lock:
            found = self._found
            if found is None or not all(Path(part).exists() for part in (found.python, *found.packages)):
                found = self._found = ensure()
            return found


def requirements() -> list[str]:
    """The versions beside us, so that a notebook meets what our extra was tested with; else the ranges of the extra."""
    found = []
    for name, bounds in _WANTED.items():
        with suppress(metadata.PackageNotFoundError):
            bounds = f"=={metadata.version(name)}"
        found.append(f"{name}{bounds}")
    return found


def _key() -> str:
    return hashlib.sha256("\n".join([*requirements(), sys.version, sys.base_prefix]).encode()).hexdigest()[:16]


def _kept(cache: Path) -> Environment | None:
    """What the link of this key points to, if it is whole and its interpreter is still there."""
    folder = (cache / _key()).resolve()
    try:
        described = json.loads((folder / "cloudgpu.json").read_text())
    except (OSError, ValueError):
        return None
    found = Environment(**{**described, "packages": tuple(described["packages"])})
    return found if Path(found.python).exists() else None


def _made(cache: Path) -> Environment | None:
    """Built in a folder of its own, because its programs know their place; then a link is swapped, which is atomic."""
    for broken in cache.glob(f"{_key()}-*"):
        shutil.rmtree(broken, ignore_errors=True)
    folder = cache / f"{_key()}-{uuid.uuid4().hex[:8]}"
    for maker, commands in _makers(folder):
        if all(_runs(command) for command in commands):
            environment = _described(maker, folder)
            (folder / "cloudgpu.json").write_text(json.dumps(asdict(environment)))
            link = folder.with_suffix(".link")
            link.symlink_to(folder.name)
            link.replace(cache / _key())
            return environment
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _makers(folder: Path) -> list[tuple[str, list[list[str]]]]:
    python, target = str(folder / "bin" / "python"), str(folder)
    venv = [sys.executable, "-m", "venv", target]
    install = ["install", "--quiet", "--retries", "1", "--timeout", "15", *requirements()]
    if find_spec("pip"):  # lending ours saves the ten seconds that a new one takes to unpack
        by_pip = [[*venv, "--without-pip"], [sys.executable, "-m", "pip", "--python", python, *install, "pip"]]
    else:
        by_pip = [venv, [python, "-m", "pip", *install]]
    makers = [("pip", by_pip)]
    scripts = sysconfig.get_path("scripts")
    if uv := shutil.which("uv", path=f"{scripts}:{os.environ.get('PATH', os.defpath)}"):
        venv = [uv, "venv", "--quiet", "--python", sys.executable, target]
        install = [uv, "pip", "install", "--quiet", "--python", python, *requirements(), "pip"]
        # its own certificates first, then the system's: behind a company's proxy only those will do
        makers[:0] = [("uv", [[*one, *more] for one in (venv, install)]) for more in ([], ["--native-tls"])]
    return makers


def _runs(command: list[str]) -> bool:
    """Its own words go to our log."""
    environ = {**os.environ, "UV_HTTP_RETRIES": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        return subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=False, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _described(maker: str, prefix: Path) -> Environment:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = prefix / "lib" / f"python{version}" / "site-packages"
    python = os.path.realpath(prefix / "bin" / "python")
    return Environment(maker, python, version, (str(packages),), str(prefix))


def linked() -> Environment:
    """What is installed beside us, as it is. ContainerError where that is nothing."""
    spec = find_spec("jupyterlab")
    if spec is None or spec.origin is None or find_spec("ipykernel") is None:
        raise ContainerError(
            "No package registry can be reached, and JupyterLab is not installed beside cloudgpu.", remedy=_REMEDY
        )
    here = str(Path(spec.origin).parent.parent)
    packages = dict.fromkeys([here, *(sysconfig.get_path(name) for name in ("purelib", "platlib"))])
    prefixes = [sys.prefix, site.getuserbase(), "/usr/local"]
    prefix = next((one for one in prefixes if Path(one, "share/jupyter/lab").is_dir()), sys.prefix)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = os.path.realpath(sys.executable)
    return Environment("linking what is installed here", python, version, tuple(packages), prefix)
