"""The engine for computers without an `ssh` program: sshtunnel, in this process."""

from __future__ import annotations

import logging
import socket
from collections import deque
from pathlib import Path
from typing import Any

from cloudgpu.model import SshTarget
from cloudgpu.remote import pulse, refusals, ssh
from cloudgpu.remote.ports import is_free, port_taken
from cloudgpu.remote.steady import make_steady


class SshTunnelForward:
    """The seam `Forward` over an SSHTunnelForwarder. After its session's end it goes on listening and answers
    nobody, so `alive` looks at the session and not at the port."""

    engine = "sshtunnel"
    pid: int | None = None

    def __init__(self, forwarder: Any, said: deque[str], local_port: int) -> None:
        self.local_port = local_port
        self._forwarder = forwarder
        self._said = said

    def alive(self) -> bool:
        return bool(self._forwarder.is_alive and self._forwarder.is_active)

    def why(self) -> str:
        if self._forwarder.is_alive and not self._forwarder.is_active:
            return "The SSH session ended."
        return self._said[-1] if self._said else ""

    def close(self) -> None:
        self._forwarder.stop(force=True)


class _LastWords(logging.Handler):
    def __init__(self, said: deque[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage().partition("\n")[0])


def open_forward(
    target: SshTarget, identity: Path, local_port: int, remote_port: int, keepalive: float, within: float
) -> SshTunnelForward:
    """As `forward.open_forward`."""
    import sshtunnel

    said: deque[str] = deque(maxlen=20)
    log = logging.Logger("cloudgpu.sshtunnel")
    log.addHandler(_LastWords(said))
    forwarder = sshtunnel.SSHTunnelForwarder(
        (target.host, target.port),
        ssh_config_file=None,
        ssh_username=target.user,
        ssh_pkey=ssh.private_key(identity),
        ssh_host_key=_host_key(target, identity, within),
        allow_agent=False,
        host_pkey_directories=[],
        local_bind_address=("127.0.0.1", local_port),
        remote_bind_address=("127.0.0.1", remote_port),
        set_keepalive=keepalive,
        logger=log,
    )
    make_steady(forwarder)
    try:
        forwarder.start()
    except sshtunnel.BaseSSHTunnelForwarderError as error:
        forwarder.stop(force=True)
        if not is_free(local_port):
            raise port_taken(local_port) from error
        raise refusals.unreachable(target, said[0] if said else str(error), "\n".join(said)) from error
    transport = forwarder._transport  # the only way to it; without NODELAY each new connection takes 40 ms
    transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pulse.watch(transport, keepalive)
    return SshTunnelForward(forwarder, said, local_port)


def _host_key(target: SshTarget, identity: Path, within: float) -> Any:
    """The pinned key that the machine shows. sshtunnel takes one key only, waits without limit for a connection, and
    says nothing of why a login failed: so we log in first, with our own words for what goes wrong."""
    transport = ssh.login(target, identity, timeout=min(within, 15))
    try:
        return transport.get_remote_server_key()
    finally:
        transport.close()
