"""One command at a time works on an instance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudgpu.errors import StoreError


@contextmanager
def working_on(home: Path, name: str) -> Iterator[None]:
    """Hold the name for the block; the system lets go of it when the process ends, however it ends.

    StoreError at once where another process holds it.
    """
    from filelock import FileLock, Timeout

    folder = home / "working"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with FileLock(folder / f"{name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise StoreError(
            f"Another cloudgpu command is at work on {name}.",
            remedy=f"Wait for it, or end it with Ctrl-C; then look: cloudgpu status {name}",
        ) from error
    except OSError as error:
        from cloudgpu.store.paths import unusable

        raise unusable(home, error) from error
