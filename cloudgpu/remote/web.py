"""HTTP through an SSH connection, without a local port."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from cloudgpu.errors import MachineError
from cloudgpu.model import SshTarget
from cloudgpu.remote import refusals

if TYPE_CHECKING:
    from paramiko import Channel, Transport


def get(
    transport: Transport, target: SshTarget, url_path: str, *, port: int, token: str | None, timeout: float
) -> tuple[int, bytes]:
    """Status and body of a GET from the machine's `127.0.0.1:port`. ConnectionError where nothing answers there."""
    channel = _open(transport, target, port, timeout)
    try:
        channel.settimeout(timeout)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = channel
        connection.request("GET", url_path, headers={"Authorization": f"token {token}"} if token else {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        if not transport.is_active():
            raise refusals.lost(target, refusals.words(error)) from error
        raise ConnectionError(f"no answer from port {port}: {refusals.words(error)}") from error
    finally:
        channel.close()


def _open(transport: Transport, target: SshTarget, port: int, timeout: float) -> Channel:
    import paramiko

    with refusals.connected(target):
        try:
            return transport.open_channel("direct-tcpip", ("127.0.0.1", port), ("127.0.0.1", 0), timeout=timeout)
        except paramiko.ChannelException as error:
            refusal = error
    if refusal.code == 1:  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254, 5.1)
        raise MachineError(
            f"The SSH server of {target.host} does not allow forwarding to its port {port}.",
            code=refusal.text,
            remedy="Set AllowTcpForwarding yes in the machine's /etc/ssh/sshd_config, then: sudo systemctl reload ssh",
        )
    raise ConnectionRefusedError(f"nothing listens on port {port}: {refusal.text}")
