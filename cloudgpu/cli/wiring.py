"""The one place that knows which cloud is meant, and whether it is a rehearsal."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudgpu.events import Emit, Note
from cloudgpu.model import Origin, SshTarget
from cloudgpu.protocols import Remote, Store

if TYPE_CHECKING:
    from cloudgpu.workflows.deps import Deps
    from cloudgpu.workflows.tunnel import Ways


@dataclass(frozen=True, slots=True)
class Desk:
    """This computer's side: the state folder, the memo in it, and where events go."""

    home: Path
    store: Store
    emit: Emit


@contextmanager
def desk(emit: Emit) -> Iterator[Desk]:
    """Open the state folder. StoreError where it cannot be used."""
    from cloudgpu.store import paths
    from cloudgpu.store.sqlite import SqliteStore

    home = paths.prepare(paths.home())
    store = SqliteStore(home, say=lambda text: emit(Note(text, warning=True)))
    try:
        yield Desk(home, store, emit)
    finally:
        store.close()


def working_on(desk: Desk, name: str) -> AbstractContextManager[None]:
    """Hold the name against another command on this computer. StoreError where one is at work on it."""
    from cloudgpu.store import lock

    return lock.working_on(desk.home, name)


def rehearsal_home(home: Path) -> Path:
    return home / "rehearsal"


def deps(desk: Desk, origin: Origin, *, ssh_cidr: str | None = None) -> Deps:
    """Everything a workflow needs for this account. A rehearsal's clouds are started when they do not run yet."""
    from cloudgpu.providers import registry
    from cloudgpu.remote import keys
    from cloudgpu.rules.names import owner_label
    from cloudgpu.workflows.deps import Deps

    if origin.rehearsal:
        _point_at_rehearsal(desk.home)
    key = keys.ensure_key(desk.home)
    return Deps(
        provider=registry.open_provider(origin),
        origin=origin,
        store=desk.store,
        emit=desk.emit,
        connect=_connect(key.private),
        ssh_public_key=key.public,
        caller_cidr=_cidr(ssh_cidr, origin),
        owner=owner_label(_user(), socket.gethostname()),
    )


def ways(desk: Desk, *, engine: str | None = None) -> Ways:
    """What a tunnel needs: no cloud SDK comes in by this way."""
    import time

    from cloudgpu.remote import forward, http, keys, ports
    from cloudgpu.workflows.tunnel import Ways

    key = keys.ensure_key(desk.home)

    def open_forward(target: SshTarget, local_port: int, remote_port: int) -> forward.Forward:
        return forward.open_forward(
            target, key.private, home=desk.home, local_port=local_port, remote_port=remote_port, engine=engine
        )

    return Ways(
        store=desk.store,
        emit=desk.emit,
        connect=_connect(key.private),
        open_forward=open_forward,
        probe=lambda port, token: http.probe(port, token, timeout=10),
        free_port=ports.free_port,
        sleep=time.sleep,
    )


def _connect(identity: Path) -> Callable[[SshTarget], Remote]:
    def connect(target: SshTarget) -> Remote:
        from cloudgpu.remote import ssh

        return ssh.connect(target, identity)

    return connect


def _cidr(given: str | None, origin: Origin) -> Callable[[], str]:
    def cidr() -> str:
        if given:
            return given
        if origin.rehearsal:
            return "127.0.0.1/32"
        from cloudgpu.remote.address import public_address

        return f"{public_address()}/32"

    return cidr


def _point_at_rehearsal(home: Path) -> None:
    from cloudgpu.rehearsal import client

    folder = rehearsal_home(home)
    found = client.start(folder, guests=os.environ.get("CLOUDGPU_REHEARSAL_GUESTS") or "process")
    client.check_inside(found)
    for name, value in client.environment(found, folder).items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without an entry in the user database
        return "unknown"
