"""tunnel: a forward that is alive as long as Jupyter answers through it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudgpu.errors import MachineError, NotFoundError, TunnelError, UnreachableError
from cloudgpu.events import Emit, Note, step
from cloudgpu.model import Record, SshTarget
from cloudgpu.protocols import Remote, Store
from cloudgpu.retry import until
from cloudgpu.workflows.arrive import target_of
from cloudgpu.workflows.notebook import read_token

if TYPE_CHECKING:
    from cloudgpu.remote.forward import Forward

_UP_WITHIN, _HEAL_WITHIN, _PROBE_EVERY = 30.0, 7 * 86400.0, 3.0


@dataclass(frozen=True, slots=True)
class Ways:
    """How a tunnel gets out: `open_forward(target, local port, remote port)` raises TunnelError for what cannot heal
    and UnreachableError for what may; `probe(local port, token)` is the status of Jupyter's answer, None without."""

    store: Store
    emit: Emit
    connect: Callable[[SshTarget], Remote]
    open_forward: Callable[[SshTarget, int, int], Forward]
    probe: Callable[[int, str], int | None]
    free_port: Callable[[int | None], int]
    sleep: Callable[[float], None]


@dataclass(slots=True)
class Tunnel:
    """An open tunnel: what it forwards, and the token that Jupyter wants."""

    record: Record
    forward: Forward
    token: str
    remote_port: int
    reconnects: int = 0


def load(name: str, store: Store) -> Record:
    """The record of a name. NotFoundError otherwise."""
    record = store.load(name)
    if record is None:
        raise NotFoundError(
            f"No instance named {name} is known on this computer.",
            remedy="cloudgpu ps --refresh  # looks in the clouds as well",
        )
    return record


def open_tunnel(record: Record, ways: Ways, *, local_port: int | None = None) -> Tunnel:
    """Open the forward and return when Jupyter answers through it. The port is the one of last time where it is free.

    TunnelError when the port asked for is taken, the machine cannot be reached, or Jupyter does not answer.
    """
    if not record.ready:
        raise MachineError(f"{record.name} is not ready.", remedy=f"cloudgpu launch {record.name}  # resumes it")
    target, remote_port = target_of(record), record.jupyter_port or 8888
    with step(ways.emit, "connect by SSH"):
        try:
            with closing(ways.connect(target)) as remote:
                token = read_token(record, remote)
        except UnreachableError as error:
            raise _unreachable(record, error) from error
    port = _port(record, ways, local_port)
    with step(ways.emit, f"forward 127.0.0.1:{port}") as say:
        try:
            forward = ways.open_forward(target, port, remote_port)
        except UnreachableError as error:
            raise _unreachable(record, error) from error
        try:
            say("Jupyter to answer through it")
            _await_jupyter(forward, token, ways)
        except BaseException:
            forward.close()
            raise
    _remember(record, port, ways.store)
    return Tunnel(record, forward, token, remote_port)


def keep(tunnel: Tunnel, ways: Ways) -> None:
    """Watch the tunnel and heal it on the same port; returns when the instance was destroyed. The forward is closed
    whatever ends this. TunnelError for what cannot heal."""
    try:
        while True:
            ways.sleep(_PROBE_EVERY)
            known = ways.store.load(tunnel.record.name)
            if known is None or known.launch_id != tunnel.record.launch_id:
                ways.emit(Note(f"{tunnel.record.name} was destroyed; its tunnel ends."))
                return
            if not _healthy(tunnel, ways):
                _heal(tunnel, ways)
    finally:
        tunnel.forward.close()


def _healthy(tunnel: Tunnel, ways: Ways) -> bool:
    return tunnel.forward.alive() and ways.probe(tunnel.forward.local_port, tunnel.token) == 200


def _heal(tunnel: Tunnel, ways: Ways) -> None:
    with step(ways.emit, "heal the tunnel") as say:
        why = tunnel.forward.why()

        def again() -> bool:
            if _healthy(tunnel, ways):
                return True
            tunnel.forward.close()
            try:
                record = load(tunnel.record.name, ways.store)
                tunnel.forward = ways.open_forward(target_of(record), tunnel.forward.local_port, tunnel.remote_port)
            except UnreachableError as error:
                say(error.code or error.brief)
            return _healthy(tunnel, ways)

        say(why or "no answer through it")
        until(again, within=_HEAL_WITHIN, otherwise=lambda: _gave_up(tunnel), every=0.5, at_most=10, sleep=ways.sleep)
        tunnel.reconnects += 1


def _await_jupyter(forward: Forward, token: str, ways: Ways) -> None:
    def answered() -> bool:
        if not forward.alive():
            raise TunnelError(
                "The forward ended before Jupyter answered.",
                remedy="cloudgpu status  # is the machine still there?",
                details=forward.why(),
            )
        return ways.probe(forward.local_port, token) == 200

    def silent() -> TunnelError:
        return TunnelError(
            f"The SSH connection stands, but no Jupyter answers through it within {_UP_WITHIN:g} seconds.",
            remedy="cloudgpu status  # asks Jupyter on the machine itself",
            details=forward.why(),
        )

    until(answered, within=_UP_WITHIN, otherwise=silent, every=0.1, at_most=1, sleep=ways.sleep)


def _port(record: Record, ways: Ways, wanted: int | None) -> int:
    if wanted is not None:
        free = ways.free_port(wanted)
        if free != wanted:
            raise TunnelError(
                f"Port {wanted} of this computer is taken.",
                remedy=f"cloudgpu tunnel {record.name} --local-port {free}",
            )
        return wanted
    port = ways.free_port(record.local_port)
    if record.local_port is not None and port != record.local_port:
        ways.emit(
            Note(f"Port {record.local_port}, which it had last time, is taken: this one is {port}.", warning=True)
        )
    return port


def _remember(record: Record, port: int, store: Store) -> None:
    known = store.load(record.name)
    if known is not None and known.launch_id == record.launch_id and known.local_port != port:
        store.save(replace(known, local_port=port))


def _unreachable(record: Record, error: UnreachableError) -> TunnelError:
    return TunnelError(
        f"{record.name} cannot be reached: {error.brief}",
        remedy=f"cloudgpu status {record.name}  # is the machine still there?",
        code=error.code,
        details=error.details,
    )


def _gave_up(tunnel: Tunnel) -> TunnelError:
    return TunnelError(
        f"{tunnel.record.name} did not come back within a week.", remedy=f"cloudgpu status {tunnel.record.name}"
    )
