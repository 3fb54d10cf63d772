"""What a cloud said a while ago, kept on this computer's disk. Losing it costs a question and nothing else."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path


def folder() -> Path:
    """`cache` in `$CLOUDGPU_HOME`, or the platform's folder for caches. Touches no disk."""
    if home := os.environ.get("CLOUDGPU_HOME"):
        return Path(home).expanduser().absolute() / "cache"
    from platformdirs import user_cache_path

    return user_cache_path("cloudgpu")


def load(name: str) -> object:
    """The document of that name; None where there is none, or none that can be read."""
    try:
        return json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def save(name: str, document: object) -> None:
    """Keep the document for this user alone, in place of an older one: whole, or not at all. A disk that will not have
    it is no error."""
    with suppress(OSError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(prefix=f"{name}.", suffix=".new", dir=folder())  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file)
            Path(path).replace(folder() / f"{name}.json")
        except BaseException:
            with suppress(OSError):
                Path(path).unlink()
            raise


def drop(name: str) -> None:
    """Forget it. Gone already is success."""
    with suppress(OSError):
        (folder() / f"{name}.json").unlink(missing_ok=True)
