"""A startup script of the user's own: what is taken, and where it lies on the machine."""

from __future__ import annotations

from cloudgpu.errors import UsageError

PATH, DONE = ".cloudgpu/own-script", ".cloudgpu/own-script.done"  # below the login user's home
RUN = ("sudo", "-n", "--", PATH)
_MOST_BYTES = 1_000_000


def check(content: bytes, name: str) -> bytes:
    """The script as it is sent: line ends of Windows are Unix's there. UsageError for what no shell would begin."""
    if len(content) > _MOST_BYTES:
        raise UsageError(
            f"{name} has {len(content):,} bytes; a startup script has {_MOST_BYTES:,} at most.",
            remedy="Let the script download what is large.",
        )
    first, _, _ = content.partition(b"\n")
    if not first.startswith(b"#!"):
        raise UsageError(
            f"{name} does not say what runs it: its first line has to begin with #!",
            remedy="Begin it with: #!/bin/bash",
        )
    return content.replace(b"\r\n", b"\n") if first.endswith(b"\r") else content
