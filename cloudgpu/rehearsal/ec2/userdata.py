"""What cloud-init would make of user data: who may log in as whom, and the commands of the first boot."""

from __future__ import annotations

import base64
import binascii
import email
import gzip
import shlex
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped]  # PyYAML has no types

from cloudgpu.rehearsal.ec2.errors import Refused

DEFAULT_USER = "ubuntu"
_MOST_BYTES = 16384


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """`user` logs in with `keys`; no keys, nobody can. `script`: what runs as root, as one shell script."""

    user: str = DEFAULT_USER
    keys: tuple[str, ...] = ()
    script: str = ""


def decode(text: str | None) -> bytes:
    """The bytes behind a UserData parameter. Refused when they are not base64 or too many."""
    try:
        raw = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from None
    if len(raw) > _MOST_BYTES:
        raise Refused("InvalidUserData.Malformed", f"User data is limited to {_MOST_BYTES} bytes")
    return raw


def first_boot(raw: bytes, *key_pair: str) -> FirstBoot:
    """Read user data as cloud-init does; what it would skip with a warning is skipped. `key_pair`: the launch's own
    public key, which goes to the default user."""
    user, default_keys = DEFAULT_USER, list(key_pair)
    named: dict[str, list[str]] = {}
    scripts: list[str] = []
    for text in _parts(raw):
        if text.startswith("#!"):
            scripts.append(text)
        elif text.startswith("#cloud-config"):
            config = _mapping(text)
            user = _default_user(config) or user
            default_keys += _texts(config.get("ssh_authorized_keys"))
            named |= {name: keys for name, keys in _users(config) if keys}
            scripts += _commands(config)
    default_keys += named.pop(user, [])
    if named:
        user, default_keys = next(iter(named.items()))
    return FirstBoot(user, tuple(dict.fromkeys(default_keys)), _joined(scripts))


def _parts(raw: bytes) -> Iterator[str]:
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            return
    text = raw.decode("utf-8", "replace")
    if not text.lower().startswith(("content-type:", "mime-version:")):
        yield text
        return
    for part in email.message_from_string(text).walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and not part.is_multipart():
            yield from _parts(content) if content.startswith(b"\x1f\x8b") else [content.decode("utf-8", "replace")]


def _mapping(text: str) -> Mapping[str, object]:
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return config if isinstance(config, dict) else {}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return [str(item).strip() for item in value] if isinstance(value, list) else []


def _default_user(config: Mapping[str, object]) -> str:
    user = config.get("user")
    name = user.get("name") if isinstance(user, dict) else user
    return name if isinstance(name, str) else ""


def _users(config: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    users = config.get("users")
    for user in users if isinstance(users, list) else []:
        if isinstance(user, dict) and isinstance(user.get("name"), str):
            yield user["name"], _texts(user.get("ssh_authorized_keys"))


def _commands(config: Mapping[str, object]) -> Iterator[str]:
    yield from _run(config.get("bootcmd"))
    files = config.get("write_files")
    for file in files if isinstance(files, list) else []:
        if isinstance(file, dict) and isinstance(file.get("path"), str):
            yield _write(file["path"], _content(file), str(file.get("permissions", "0644")))
    yield from _run(config.get("runcmd"))


def _run(commands: object) -> Iterator[str]:
    for command in commands if isinstance(commands, list) else []:
        yield shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def _content(file: Mapping[str, object]) -> bytes:
    content, encoding = str(file.get("content", "")), str(file.get("encoding", ""))
    try:
        data = base64.b64decode(content) if "b64" in encoding or "base64" in encoding else content.encode()
        return gzip.decompress(data) if encoding.startswith("gz") else data
    except (binascii.Error, OSError, EOFError, zlib.error):
        return content.encode()


def _write(path: str, content: bytes, mode: str) -> str:
    place, text = shlex.quote(path), base64.b64encode(content).decode()
    return (
        f'mkdir -p "$(dirname {place})"\nbase64 -d > {place} <<cloudgpu-end\n{text}\ncloudgpu-end\nchmod {mode} {place}'
    )


def _joined(scripts: list[str]) -> str:
    if len(scripts) == 1 and scripts[0].startswith("#!"):
        return scripts[0]
    return "\n".join(["#!/bin/sh", *map(_inner, scripts)]) if scripts else ""


def _inner(script: str) -> str:
    """A script with an interpreter of its own keeps it."""
    if not script.startswith("#!"):
        return script
    text = base64.b64encode(script.encode()).decode()
    return f'part=$(mktemp)\nbase64 -d > "$part" <<cloudgpu-end\n{text}\ncloudgpu-end\nchmod 0700 "$part"\n"$part"'
