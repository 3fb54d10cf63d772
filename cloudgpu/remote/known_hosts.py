"""A known_hosts file for one machine: addresses in a cloud are reused, so nothing is shared with ~/.ssh."""

from __future__ import annotations

from pathlib import Path

from cloudgpu.model import SshTarget
from cloudgpu.remote.files import file_name, private_folder, usable, write_private
from cloudgpu.remote.host_keys import pinned


def host_key_alias(target: SshTarget) -> str:
    """The name that the machine has in its known_hosts file, and the file's own."""
    return file_name(target.alias)


def write_known_hosts(target: SshTarget, home: Path) -> Path:
    """`home/known_hosts/<alias>` with the pinned keys and no others. StoreError where the folder cannot be used."""
    alias = host_key_alias(target)
    lines = "".join(f"{alias} {key.line}\n" for key in pinned(target))
    with usable(home):
        path = private_folder(home / "known_hosts") / alias
        write_private(path, lines.encode())
    return path
