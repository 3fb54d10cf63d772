"""Ports of this computer's loopback."""

from __future__ import annotations

import socket
import sys

from cloudgpu.errors import TunnelError

_USUAL = range(8888, 9000)


def is_free(port: int) -> bool:
    """Whether something could listen on 127.0.0.1 there just now."""
    with socket.socket() as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # as the engines do: connections that are still closing do not make a port taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """The preferred port if it is free, else the first free one from 8888 to 8999, else any."""
    if preferred is not None and is_free(preferred):
        return preferred
    for port in _USUAL:
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
    return chosen


def port_taken(port: int) -> TunnelError:
    return TunnelError(
        f"Port {port} of this computer is taken by another program.",
        code="Address already in use",
        remedy=f"cloudgpu tunnel --local-port {free_port()}",
    )
