"""Where a Jupyter is found."""

from __future__ import annotations

TOKEN_FILE = ".cloudgpu/token"  # noqa: S105 - a path below the login user's home, not a secret
SCRIPT_FILE = ".cloudgpu/start-jupyter.sh"


def url(local_port: int, token: str) -> str:
    """The address to open, with the token."""
    return f"http://127.0.0.1:{local_port}/lab?token={token}"
