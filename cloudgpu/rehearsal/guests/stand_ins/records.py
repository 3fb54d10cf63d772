"""What the docker stand-in keeps: a folder of JSON files for each container, one file for the images."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .refused import Refused


def root() -> Path:
    return Path(os.environ["CLOUDGPU_REHEARSAL_DOCKER"])


def now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def read(path: Path) -> dict[str, Any]:
    """Empty where there is no such file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found


def write(path: Path, content: Mapping[str, Any]) -> None:
    """All or nothing: a reader never sees half of it. The folder gone already is passed over."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        half.write_text(json.dumps(content))
        half.replace(path)
    except FileNotFoundError:
        if path.parent.exists():
            raise


@contextmanager
def locked() -> Iterator[None]:
    """One at a time in this guest."""
    with (root() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Container:
    """One container on disk. `config` does not change; `state` is written by whoever runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = read(folder / "config.json")

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def state(self) -> dict[str, Any]:
        """As written, but a container whose keeper is gone has exited."""
        state = read(self.folder / "state.json")
        if state.get("status") in ("running", "restarting") and not self._is_kept():
            return {**state, "status": "exited", "exit_code": 137}
        return state

    def save(self, **changes: object) -> None:
        write(self.folder / "state.json", {**read(self.folder / "state.json"), **changes})

    def is_running(self) -> bool:
        return self.state().get("status") == "running"

    def hold(self) -> int:
        """Say, for as long as this process lives, that the container is kept."""
        held = os.open(self.folder / "kept", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
        return held

    def _is_kept(self) -> bool:
        try:
            with (self.folder / "kept").open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def containers() -> list[Container]:
    """Newest first, as docker lists them."""
    found = [Container(folder) for folder in (root() / "containers").iterdir()]
    return sorted((one for one in found if one.config), key=lambda one: str(one.config["created"]), reverse=True)


def find(wanted: str) -> Container | None:
    """By name, or by the beginning of an id that only one container has."""
    everything = containers()
    if named := [one for one in everything if one.name == wanted.removeprefix("/")]:
        return named[0]
    begun = [one for one in everything if wanted and one.id.startswith(wanted)]
    return begun[0] if len(begun) == 1 else None


def the(wanted: str) -> Container:
    """Refused in docker's words where there is none."""
    if one := find(wanted):
        return one
    raise Refused(f"Error response from daemon: No such container: {wanted}")
