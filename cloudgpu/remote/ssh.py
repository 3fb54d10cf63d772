"""Connecting: dial, compare the host key, log in with one key and nothing else."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from cloudgpu.errors import StoreError
from cloudgpu.model import SshTarget
from cloudgpu.protocols import Remote
from cloudgpu.remote import pulse, refusals
from cloudgpu.remote.host_keys import HostKey, pinned

if TYPE_CHECKING:
    import paramiko

_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def connect(target: SshTarget, identity: Path, *, timeout: float = 10, keepalive: float = 5) -> Remote:
    """A shell on the machine. `timeout` (seconds) holds for each of connecting, greeting and logging in.

    UnreachableError where waiting may help: nobody answers, or the key is not let in (yet; `code` is then
    `refusals.DENIED`). MachineError where it does not: a host key that is not pinned, or none to pin.
    The connection is given up when the machine is silent for three times `keepalive` seconds.
    """
    from cloudgpu.remote.machine import Machine

    transport = login(target, identity, timeout=timeout)
    pulse.watch(transport, keepalive)
    return Machine(transport, target)


def login(target: SshTarget, identity: Path, *, timeout: float) -> paramiko.Transport:
    """A transport that has shown a pinned host key and let the user in; errors as `connect`."""
    known, key = pinned(target), private_key(identity)
    with refusals.opening(target):
        transport = _dial(target, timeout)
        try:
            _prefer(transport, known)
            transport.start_client(timeout=timeout)
            remote = transport.get_remote_server_key()
            shown = HostKey(remote.get_name(), remote.asbytes())
            if shown not in known:
                raise refusals.impostor(target, shown, known)
            transport.auth_publickey(target.user, key)
        except BaseException:
            transport.close()
            raise
    return transport


def private_key(identity: Path) -> paramiko.PKey:
    """The key in the file. StoreError where there is none that can be used without a passphrase."""
    import paramiko
    from paramiko.pkey import UnknownKeyType

    try:
        return paramiko.PKey.from_path(identity)
    except (OSError, ValueError, TypeError, paramiko.SSHException, UnknownKeyType) as error:
        raise StoreError(
            f"The private key {identity} cannot be used.",
            code=refusals.words(error),
            remedy=f"ssh-keygen -y -P '' -f {identity}  # says what is wrong with it",
        ) from error


def _dial(target: SshTarget, timeout: float) -> paramiko.Transport:
    import paramiko

    log = logging.getLogger("paramiko")
    if not log.handlers:  # else Python prints paramiko's tracebacks on standard error
        log.addHandler(logging.NullHandler())
    sock = socket.create_connection((target.host, target.port), timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(sock)
    transport.daemon = True
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = timeout
    return transport


def _prefer(transport: paramiko.Transport, known: tuple[HostKey, ...]) -> None:
    """Ask for the pinned types first, so that a server with several keys shows one that can be compared."""
    wanted = {name for key in known for name in (_RSA if key.type == "ssh-rsa" else (key.type,))}
    options = transport.get_security_options()
    options.key_types = sorted(options.key_types, key=lambda name: name not in wanted)
