"""The one door where paramiko's and the socket's exceptions become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cloudgpu.errors import MachineError, UnreachableError
from cloudgpu.model import SshTarget
from cloudgpu.remote.host_keys import HostKey, fingerprints

ASK = "cloudgpu status  # does it still run? has this computer's public address changed since the launch?"
DENIED = "Permission denied (publickey)"


@contextmanager
def opening(target: SshTarget) -> Iterator[None]:
    """Around connecting and logging in. What may pass by itself is an UnreachableError."""
    import paramiko

    where = f"{target.user}@{target.host}:{target.port}"
    try:
        yield
    except paramiko.AuthenticationException as error:
        raise denied(target, str(error)) from error
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise MachineError(
            f"The SSH server of {where} has no algorithm in common with this computer's.",
            details=str(error),
            remedy="pip install --upgrade paramiko",
        ) from error
    except (OSError, EOFError, UnicodeError, paramiko.SSHException) as error:  # UnicodeError: no host is called that
        raise unreachable(target, words(error)) from error


@contextmanager
def connected(target: SshTarget) -> Iterator[None]:
    """Around the use of a connection. UnreachableError where it is lost: it may be a reboot."""
    import paramiko

    try:
        yield
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise lost(target, words(error)) from error


def unreachable(target: SshTarget, code: str, details: str = "") -> UnreachableError:
    brief = f"No SSH server answers at {target.host}:{target.port}."
    return UnreachableError(brief, code=code, details=details, remedy=ASK)


def denied(target: SshTarget, details: str = "") -> UnreachableError:
    """Not final: while a machine boots, its user may not be there yet."""
    return UnreachableError(
        f"{target.host}:{target.port} does not let {target.user} in with this computer's key.",
        code=DENIED,
        details=details,
        remedy="cloudgpu destroy, then launch again: machines take the key of the computer that launched them.",
    )


def lost(target: SshTarget, code: str, details: str = "") -> UnreachableError:
    brief = f"The connection to {target.host}:{target.port} was lost."
    return UnreachableError(brief, code=code, details=details, remedy=ASK)


def impostor(target: SshTarget, shown: HostKey, known: tuple[HostKey, ...]) -> MachineError:
    return MachineError(
        f"{target.host}:{target.port} shows the host key {shown.fingerprint} ({shown.type}); "
        f"the cloud published {fingerprints(known)}. It may be another machine.",
        code="host key mismatch",
        remedy="cloudgpu destroy, then launch again, unless you know why the machine has a new key.",
    )


def words(error: BaseException) -> str:
    """The exception's own words in one line, and its kind where it has none."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return said.strip().partition("\n")[0] or {"EOFError": "Connection closed"}.get(
        type(error).__name__, type(error).__name__
    )
