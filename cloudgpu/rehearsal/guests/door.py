"""A guest's SSH server: who may come in, and where a forwarding leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import cast

import asyncssh

from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.guests.machine import Machine
from cloudgpu.rehearsal.guests.sftp import GuestFiles
from cloudgpu.rehearsal.guests.shell import Session, serve

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Porter(asyncssh.SSHServer):
    """One connection. Its user must be the guest's, its key one of the authorized ones; a forwarding leads to the
    guest's own loopback and nowhere else."""

    def __init__(self, machine: Machine, faults: Faults, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._machine = machine
        self._faults = faults
        self._connections = connections
        self._keys = {asyncssh.import_public_key(text).public_data for text in machine.spec.authorized_keys}
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection:
            self._connections.discard(self._connection)

    async def begin_auth(self, username: str) -> bool:
        fault = self._faults.take("guest", "ssh", {"guest": self._machine.spec.id, "user": username})
        if fault and fault.effect == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault and fault.effect == "timeout":
            await asyncio.sleep(86400)
        elif fault and self._connection:
            self._connection.abort()
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._machine.spec.user and key.public_data in self._keys

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> Coroutine[None, None, asyncssh.SSHTCPSession[bytes]]:
        return self._forwarded(dest_host, dest_port)

    async def _forwarded(self, host: str, port: int) -> asyncssh.SSHTCPSession[bytes]:
        if host not in _LOOPBACK:
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "a rehearsal guest has no network but its own loopback"
            )
        real = await asyncio.get_running_loop().run_in_executor(None, self._machine.real_port, port)
        if real and self._connection:
            with suppress(asyncssh.ChannelOpenError):  # published, but nobody listens yet
                forwarder = await self._connection.forward_connection("127.0.0.1", real)
                return cast("asyncssh.SSHTCPSession[bytes]", forwarder)
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "Connection refused")


class OpenDoor:
    """A listening SSH server with a host key of its own."""

    def __init__(self, machine: Machine, faults: Faults, env: dict[str, str], tell: Callable[[str], None]) -> None:
        self._machine = machine
        self._faults = faults
        self._env = env
        self._tell = tell
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.host_key = ""
        self.port = 0

    async def listen(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519", comment=f"root@{self._machine.spec.hostname}")
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Porter(self._machine, self._faults, self._connections),
            server_host_keys=[key],
            process_factory=self._session,
            sftp_factory=lambda channel: GuestFiles(channel, self._machine.folder),
            allow_scp=True,
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            gss_host=None,
            server_version="cloudgpu-rehearsal",
            login_timeout=60,
        )
        self.port = self._acceptor.get_port()
        self.host_key = key.export_public_key().decode().strip()

    async def _session(self, session: Session) -> None:
        peer = session.get_extra_info("peername") or ("127.0.0.1", 0)
        env = {**self._env, "SSH_CONNECTION": f"{peer[0]} {peer[1]} 127.0.0.1 {self.port}"}
        await serve(session, self._machine.home, env, self._tell)

    async def shut(self) -> None:
        """No new connections, and the present ones cut."""
        if self._acceptor:
            self._acceptor.close()
        for connection in list(self._connections):
            connection.abort()
