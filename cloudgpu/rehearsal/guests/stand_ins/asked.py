"""What a `docker run` asks for, as plain data, checked as docker checks it."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from . import records
from .flags import Given
from .refused import Refused


def read(given: Given, reference: str) -> dict[str, Any]:
    """Everything that was asked for, as plain data. Refused in docker's words where it is malformed."""
    entrypoint, command = given.last("entrypoint"), given.arguments[1:]
    if not entrypoint and not command:
        raise Refused("Error response from daemon: no command specified")
    id = hashlib.sha256(os.urandom(32)).hexdigest()
    gpus = _gpus(given.last("gpus"))
    return {
        "id": id,
        "name": _name(given.last("name")) or f"rehearsed_{id[:8]}",
        "image": reference,
        "entrypoint": [entrypoint] if entrypoint else [],
        "command": command,
        "env": env(given),
        "mounts": [_mount(text) for text in given.all("volume")],
        "ports": [_port(text) for text in given.all("publish")],
        "labels": dict(text.partition("=")[::2] for text in given.all("label")),
        "workdir": given.last("workdir"),
        "hostname": given.last("hostname") or id[:12],
        "gpus": gpus,
        "restart": _restart(given.last("restart", "no")),
        "remove": given.on("rm"),
        "user": given.last("user"),
        "init": given.on("init"),
        "shm_size": given.last("shm-size"),
        "created": records.now(),
    }


def _name(name: str) -> str:
    if name and not re.fullmatch(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+", name):
        raise Refused(
            f"Error response from daemon: Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
        )
    return name.removeprefix("/")


def _restart(policy: str) -> str:
    if not re.fullmatch(r"no|always|unless-stopped|on-failure(:\d+)?", policy):
        raise Refused(f"Error response from daemon: invalid restart policy: unknown policy '{policy}'")
    return policy


def _gpus(wanted: str) -> str:
    """For NVIDIA_VISIBLE_DEVICES."""
    if not wanted:
        return ""
    if not Path(os.environ["CLOUDGPU_REHEARSAL_GPUS"]).exists():
        raise Refused('Error response from daemon: could not select device driver "" with capabilities: [[gpu]]')
    if wanted.isdigit():
        return ",".join(str(number) for number in range(int(wanted)))
    devices = re.search(r"device=([\w,-]+)", wanted)
    return devices.group(1).strip(",") if devices else "all"


def env(given: Given) -> dict[str, str]:
    lines = list(given.all("env"))
    for file in given.all("env-file"):
        try:
            text = Path(file).read_text()
        except OSError as error:
            raise Refused(f"open {file}: {(error.strerror or 'unreadable').lower()}") from error
        lines[:0] = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not name:
            raise Refused(f"invalid environment variable: {line}")
        if equals:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found


def _mount(text: str) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) == 1:
        parts = [hashlib.sha256(os.urandom(8)).hexdigest(), *parts]
    if len(parts) > 3 or not all(parts):
        raise Refused(
            f"invalid spec: {text}: {'too many colons' if len(parts) > 3 else 'empty section between colons'}"
        )
    source, destination, mode = [*parts, "rw"][:3]
    if not destination.startswith("/"):
        raise Refused(
            f"Error response from daemon: invalid volume specification: '{text}': invalid mount config for type "
            f"\"bind\": invalid mount path: '{destination}' mount path must be absolute"
        )
    if not source.startswith("/"):
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", source):
            raise Refused(
                f'Error response from daemon: create {source}: "{source}" includes invalid characters for a local '
                'volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host '
                "directory, use absolute path"
            )
        source = str(records.root() / "volumes" / source)
    return {"source": source, "destination": destination, "ro": "ro" in mode.split(",")}


def _port(text: str) -> dict[str, str]:
    address, _, container_port = text.rpartition(":")
    host_ip, _, host_port = address.rpartition(":")
    container_port = container_port.partition("/")[0]
    for what, port in (("containerPort", container_port), ("hostPort", host_port or container_port)):
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise Refused(f"invalid {what}: {port}")
    host_ip = host_ip.strip("[]") or "0.0.0.0"  # noqa: S104  docker's own default
    return {"host_ip": host_ip, "host_port": host_port or container_port, "container_port": container_port}
