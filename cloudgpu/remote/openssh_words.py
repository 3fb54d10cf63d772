"""What OpenSSH's `ssh` says when it ends, and what that means. It exits with 255 for everything."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from cloudgpu.errors import CloudgpuError, TunnelError
from cloudgpu.model import SshTarget
from cloudgpu.remote import refusals
from cloudgpu.remote.host_keys import fingerprints, pinned
from cloudgpu.remote.ports import port_taken

_HOST_KEY = r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key is known for"
_KEY_FILE = r"UNPROTECTED PRIVATE KEY FILE|^Load key |not accessible: No such file"
_PORT = r"Address already in use|cannot listen to port|Could not request local forwarding"
_LATER = (
    r"Connection refused|timed out|Connection (closed|reset)|Broken pipe|kex_exchange_identification"
    r"|banner exchange|No route to host|is unreachable|Could not resolve hostname|not responding|Name or service"
)


def refusal(said: str, target: SshTarget, identity: Path, local_port: int) -> CloudgpuError:
    """The error that ssh's last words amount to. UnreachableError where trying again may help."""
    last = last_words(said)
    if re.search(_HOST_KEY, said):
        return _host_key(said, target)
    if re.search(_KEY_FILE, said, re.MULTILINE):
        return TunnelError(
            f"ssh cannot use the private key {identity}.",
            code=last,
            details=said.strip(),
            remedy=f"chmod 600 {shlex.quote(str(identity))}",
        )
    if re.search(_PORT, said):
        return port_taken(local_port)
    if "Permission denied" in said:
        return refusals.denied(target, said.strip())
    if re.search(_LATER, said):
        return refusals.unreachable(target, last, said.strip())
    return TunnelError(
        "ssh ended before the tunnel was open.",
        code=last,
        details=said.strip(),
        remedy="cloudgpu tunnel --engine sshtunnel",
    )


def last_words(said: str) -> str:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


def _host_key(said: str, target: SshTarget) -> TunnelError:
    shown = re.search(r"SHA256:[A-Za-z0-9+/]+", said)
    return TunnelError(
        f"{target.host}:{target.port} shows the host key {shown[0] if shown else 'of a type that is not known'}; "
        f"the cloud published {fingerprints(pinned(target))}. It may be another machine.",
        code="Host key verification failed",
        details=said.strip(),
        remedy="cloudgpu destroy, then launch again, unless you know why the machine has a new key.",
    )
