"""The process that the embedded clouds live in: one for each home folder."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from cloudgpu import __version__
from cloudgpu.errors import UsageError
from cloudgpu.rehearsal.admin import Admin, Cloud, Wsgi, guarded
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.faults import Faults
from cloudgpu.rehearsal.files import Home, Lock, Running, check_platform, write_private
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.service_account import key_file
from cloudgpu.rehearsal.serving import Late, Served
from cloudgpu.rehearsal.world import Guests, World

Factories = Mapping[str, Callable[[World], Cloud]]
_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 2.0


class AlreadyRunning(UsageError):
    """Another process serves this folder."""


def serve(
    folder: Path,
    *,
    gce_port: int = 0,
    aws_port: int = 0,
    clock: Clock | None = None,
    warm: bool = False,
    guests: str = "process",
    factories: Factories | None = None,
    ready: Callable[[Running], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM, SIGINT, `POST /_rehearsal/stop`, or the folder is removed. Ports of 0 are chosen by the
    system; `warm` makes the Python environment before it is asked for; `guests` are of the kind `process` or `machine`,
    and with these this thread ends up on an internet of their own. AlreadyRunning, or UsageError for a port that is
    taken or guests that cannot be had."""
    check_platform()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home, over = Home(folder.resolve()), threading.Event()
    lock = Lock(home.lock)
    if not lock.take():
        raise AlreadyRunning(f"A rehearsal of {folder} is running.", remedy="cloudgpu rehearsal stop")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: over.set())
    with ExitStack() as undo:
        undo.callback(lock.give_back)
        world, make_environment = _world(home, clock or Clock(), guests, undo)
        clouds = {name: _late(make, world) for name, make in (factories or _clouds()).items()}
        for cloud in clouds.values():
            undo.callback(cloud.close)
        found = _open(home, world, clouds, {"gcp": gce_port, "aws": aws_port}, over.set, undo)
        prepared = [cloud.load for cloud in clouds.values()] + [make_environment] * warm
        threading.Thread(target=_prepare, args=(prepared,), daemon=True).start()
        ready(found)
        while not over.wait(_LOOK_SECONDS):
            if (home.read_running() or {}).get("pid") != os.getpid():
                break


def _world(home: Home, clock: Clock, kind: str, undo: ExitStack) -> tuple[World, Callable[[], object]]:
    """What a crash left is put in order first. Comes with what makes the guests' environment."""
    ledger, faults = Ledger(home.ledger), Faults()
    undo.callback(_close_books, ledger, home)
    if crashed := ledger.close_all(by="rehearsal crashed"):
        _LOG.warning("%d ledger lines were left open by a crash", crashed)
    guests, warm = _guests(home, clock, faults, kind)
    undo.callback(guests.close)
    return World(ledger, guests, faults, clock), warm


def _guests(home: Home, clock: Clock, faults: Faults, kind: str) -> tuple[Guests, Callable[[], object]]:
    if kind == "machine":
        from cloudgpu.rehearsal.guests.machines import needs
        from cloudgpu.rehearsal.guests.machines.guests import MachineGuests

        needs.check()
        return MachineGuests(home.folder, faults), lambda: None
    from cloudgpu.rehearsal.guests.process import ProcessGuests  # needs a terminal's modules, which Windows has not

    made = ProcessGuests(home.folder, clock, faults)
    return made, made.warm


def _open(
    home: Home,
    world: World,
    clouds: Mapping[str, Late],
    ports: Mapping[str, int],
    stop: Callable[[], None],
    undo: ExitStack,
) -> Running:
    """Both endpoints, and the files by which they are found."""
    told: dict[str, object] = {}
    admin = Admin(world, {name: cloud.load for name, cloud in clouds.items()}, told, stop)
    served = {name: _listen(guarded(clouds[name], admin), port) for name, port in ports.items()}
    started_at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    endpoints = served["gcp"].endpoint, served["aws"].endpoint
    namespace = str(getattr(world.guests, "namespace", ""))
    found = Running(os.getpid(), *endpoints, started_at, __version__, namespace)
    told.update(asdict(found))
    write_private(home.service_account, key_file(found.gce_endpoint))
    undo.callback(home.service_account.unlink, missing_ok=True)
    for one in served.values():
        one.begin()
        undo.callback(one.end)
    write_private(home.running, json.dumps(told))
    undo.callback(home.running.unlink, missing_ok=True)
    return found


def _late(make: Callable[[World], Cloud], world: World) -> Late:
    return Late(lambda: make(world))


def _listen(app: Wsgi, port: int) -> Served:
    try:
        return Served(app, port)
    except OSError as error:
        raise UsageError(
            f"Port {port} on 127.0.0.1 cannot be had.",
            details=str(error),
            remedy="Name another one, or none: cloudgpu rehearsal serve --gce-port 0 --aws-port 0",
        ) from error


def _clouds() -> Factories:
    def gcp(world: World) -> Cloud:
        from cloudgpu.rehearsal import gce

        return gce.app(world)

    def aws(world: World) -> Cloud:
        from cloudgpu.rehearsal import ec2

        return ec2.app(world)

    return {"gcp": gcp, "aws": aws}


def _prepare(wanted: Sequence[Callable[[], object]]) -> None:
    """What the first calls would wait for."""
    for one in wanted:
        try:
            one()
        except Exception:  # noqa: BLE001  whatever it is, whoever needs the thing meets the error himself
            _LOG.exception("could not be prepared")


def _close_books(ledger: Ledger, home: Home) -> None:
    if home.ledger.exists():  # else the folder was removed, and the books with it
        ledger.close_all(by="rehearsal stopped")
    ledger.shut()
