"""The memo of tunnels in the background: one small file each, without the token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cloudgpu.errors import StoreError
from cloudgpu.remote import process
from cloudgpu.remote.files import file_name, private_folder, usable, write_private


@dataclass(frozen=True, slots=True)
class BackgroundTunnel:
    """A tunnel's process and its ends. `started` is the process's start time, see `process.started`."""

    name: str
    pid: int
    started: str
    local_port: int
    remote_port: int
    engine: str
    state: str


def save(home: Path, tunnel: BackgroundTunnel) -> None:
    """Write it down in `home/tunnels`, in place of what was there of this name."""
    with usable(home):
        private_folder(home / "tunnels")
        write_private(_path(home, tunnel.name), json.dumps(asdict(tunnel)).encode())


def load(home: Path, name: str) -> BackgroundTunnel | None:
    """What was written down of the name, whether it still runs or not. StoreError for a file that makes no sense."""
    path = _path(home, name)
    with usable(home):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        return BackgroundTunnel(**json.loads(content))
    except (ValueError, TypeError) as error:
        raise StoreError(f"{path} is damaged.", details=str(error), remedy=f"rm {path}") from error


def saved(home: Path) -> Sequence[BackgroundTunnel]:
    """All that were written down, by name."""
    names = sorted(path.stem for path in (home / "tunnels").glob("[!.]*.json"))
    return [tunnel for name in names if (tunnel := load(home, name))]


def alive(tunnel: BackgroundTunnel) -> bool:
    """Whether its process still runs: the very one, not another with the same pid."""
    return process.started(tunnel.pid) == tunnel.started


def stop(home: Path, name: str) -> bool:
    """End the tunnel and forget it. False: none of this name was running."""
    tunnel = load(home, name)
    if tunnel is None:
        return False
    ended = process.terminate(tunnel.pid, tunnel.started)
    with usable(home):
        _path(home, name).unlink(missing_ok=True)
    return ended


def _path(home: Path, name: str) -> Path:
    return home / "tunnels" / f"{file_name(name)}.json"
