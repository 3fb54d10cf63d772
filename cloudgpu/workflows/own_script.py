"""The user's own startup script, after ours: sent over SSH, so that what is in it stands in no metadata."""

from __future__ import annotations

import hashlib
from os import PathLike
from pathlib import Path

from cloudgpu.errors import MachineError, UnreachableError, UsageError
from cloudgpu.events import Note, step
from cloudgpu.protocols import Remote
from cloudgpu.rules import own_script
from cloudgpu.workflows.deps import Deps

_WARNING = "WARNING: "


def read_own_script(path: str | PathLike[str] | None) -> bytes:
    """As it is sent; empty without a path. UsageError for what cannot be read, or is no script."""
    if path is None:
        return b""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", remedy="cloudgpu launch --startup-script FILE"
        ) from error
    return own_script.check(content, str(path))


def run_own_script(name: str, content: bytes, remote: Remote, deps: Deps) -> None:
    """As root, in the login user's home, to its end; once, unless it was changed. MachineError where it fails."""
    digest = hashlib.sha256(content).hexdigest()
    if remote.run(["cat", own_script.DONE]).stdout.strip() == digest:
        return
    with step(deps.emit, "your startup script") as say:
        remote.put(content, own_script.PATH, mode=0o700)
        try:
            for line in remote.stream(own_script.RUN):
                if line.startswith(_WARNING):
                    deps.emit(Note(line.removeprefix(_WARNING), warning=True))
                say(line)
        except UnreachableError:
            raise
        except MachineError as error:
            raise MachineError(
                f"Your startup script ended with status {error.code}.",
                remedy=f"Mend it, and once more: cloudgpu launch {name} --startup-script FILE",
                code=error.code,
                details=error.details,
            ) from error
        remote.put(digest.encode(), own_script.DONE)
