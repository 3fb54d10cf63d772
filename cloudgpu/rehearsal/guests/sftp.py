"""SFTP as a guest has it: relative paths from its home, absolute ones inside its folder."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh


class GuestFiles(asyncssh.SFTPServer):
    """A path inside the guest's folder is itself, because commands see it so; `/tmp/x` is the guest's own."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], folder: Path) -> None:
        self._folder = os.fsencode(folder)
        super().__init__(channel)

    def map_path(self, path: bytes) -> bytes:
        clean = os.path.normpath(path if path.startswith(b"/") else self._folder + b"/home/" + path)
        if clean == self._folder or clean.startswith(self._folder + b"/"):
            return clean
        return os.path.normpath(self._folder + b"/" + clean)
