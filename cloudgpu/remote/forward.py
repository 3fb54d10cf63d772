"""A local port that is a port of the machine, over whichever engine is there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from cloudgpu.errors import MachineError, TunnelError, UnreachableError, UsageError
from cloudgpu.model import SshTarget
from cloudgpu.remote.ports import is_free, port_taken

ENGINES = ("openssh", "sshtunnel")


class Forward(Protocol):
    """An open forward. `pid` is the engine's process, None where it lives in this one."""

    engine: str
    pid: int | None
    local_port: int

    def alive(self) -> bool:
        """Whether the session behind it still stands. Says nothing of what listens at the other end."""

    def why(self) -> str:
        """What the engine said last, one line; empty where it said nothing."""

    def close(self) -> None:
        """End it and free the port. Closed already is success."""


def open_forward(
    target: SshTarget,
    identity: Path,
    *,
    home: Path,
    local_port: int,
    remote_port: int,
    engine: str | None = None,
    keepalive: float = 5,
    within: float = 30,
) -> Forward:
    """Forward 127.0.0.1:`local_port` to the machine's 127.0.0.1:`remote_port`; returns when the port listens.

    UnreachableError where trying again may help; TunnelError where it does not (a host key that is not pinned, a
    taken port); StoreError where the key or the folder cannot be used. A machine that is silent for three times
    `keepalive` seconds is given up; `within` is in seconds.
    """
    chosen = engine or default_engine()
    if chosen not in ENGINES:
        raise UsageError(
            f"There is no tunnel engine {chosen!r}.", remedy=f"cloudgpu tunnel --engine {'|'.join(ENGINES)}"
        )
    if not is_free(local_port):
        raise port_taken(local_port)
    program = shutil.which("ssh")
    try:
        if chosen == "sshtunnel":
            from cloudgpu.remote import sshtunnel_engine

            return sshtunnel_engine.open_forward(target, identity, local_port, remote_port, keepalive, within)
        from cloudgpu.remote import openssh

        if program is None:
            raise TunnelError("There is no ssh program on this computer.", remedy="cloudgpu tunnel --engine sshtunnel")
        return openssh.open_forward(program, target, identity, home, local_port, remote_port, keepalive, within)
    except UnreachableError:
        raise
    except MachineError as error:
        raise TunnelError(error.brief, code=error.code, details=error.details, remedy=error.remedy) from error


def default_engine() -> str:
    """OpenSSH's own program where there is one: it is several times faster and notices a dead session at once."""
    return "openssh" if shutil.which("ssh") else "sshtunnel"
