"""Private files of this computer: folders 0700, files 0600, replaced as a whole."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudgpu.errors import StoreError


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusals into a StoreError about `folder`."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The state folder {folder} cannot be used.",
            code=error.strerror or type(error).__name__,
            details=str(error),
            remedy=f"Make {folder} writable, or choose another folder: export CLOUDGPU_HOME=FOLDER",
        ) from error


def private_folder(folder: Path) -> Path:
    """The folder itself, made if it is missing, closed to other users."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    close_to_others(folder, 0o700)
    return folder


def close_to_others(path: Path, mode: int) -> None:
    """Take away what group and others may do. Windows keeps its own lists, which a profile's folders inherit."""
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        path.chmod(mode)


def write_private(path: Path, content: bytes) -> None:
    """Replace the file as a whole: whoever reads it sees the old content or the new, never a part."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def file_name(text: str) -> str:
    """The text in characters that every file system, and a line of known_hosts, takes as they are."""
    return re.sub(r"[^A-Za-z0-9._-]|^[.-]", "_", text) or "_"
