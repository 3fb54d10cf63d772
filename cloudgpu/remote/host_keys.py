"""Host keys: reading the pinned ones, naming them by fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cloudgpu.errors import MachineError
from cloudgpu.model import SshTarget


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public key: its type (`ssh-ed25519`) and its bytes on the wire."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:...`, as OpenSSH prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def line(self) -> str:
        """Type and key in OpenSSH form, without a comment."""
        return f"{self.type} {base64.b64encode(self.blob).decode()}"


def pinned(target: SshTarget) -> tuple[HostKey, ...]:
    """The only keys that the machine may show. MachineError where there is none, or one that cannot be read."""
    if not target.host_keys:
        raise MachineError(
            f"No host key of {target.host}:{target.port} is known, so nobody can tell whether it is that machine.",
            remedy="cloudgpu launch NAME  # goes on with the launch, which asks the cloud for the machine's host key",
        )
    return tuple(_read(line) for line in target.host_keys)


def fingerprints(keys: tuple[HostKey, ...]) -> str:
    """All of them, for a person to compare."""
    return ", ".join(f"{key.fingerprint} ({key.type})" for key in keys)


def _read(line: str) -> HostKey:
    try:
        kind, encoded = line.split()[:2]
        blob = base64.b64decode(encoded, validate=True)
        if blob[4 : 4 + int.from_bytes(blob[:4], "big")] != kind.encode():
            raise ValueError("the type before the key is not the one in it")
    except (ValueError, binascii.Error) as error:
        raise MachineError(
            f"{line[:80]!r} is not a host key in OpenSSH form.",
            details=str(error),
            remedy="cloudgpu launch NAME  # goes on with the launch, which asks the cloud for the host key again",
        ) from error
    return HostKey(kind, blob)
