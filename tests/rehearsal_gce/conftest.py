from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from cloudgpu.rehearsal import gce
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.gce import settings
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.world import World
from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.machines import Machines
from tests.rehearsal_gce.quotas_api import QuotasApi


@dataclass
class Emulator:
    endpoint: str
    app: gce.ComputeEngine
    world: World
    machines: Machines


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        assert type != "error", message % args


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    clock = Clock(operation_seconds=0.04, boot_seconds=0.02)
    machines = Machines(clock)
    ledger = Ledger(tmp_path_factory.mktemp("gce") / "ledger.sqlite")
    world = World(ledger, machines, clock=clock)
    app = gce.app(world)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield Emulator(f"http://127.0.0.1:{server.port}", app, world, machines)
    app.close()
    server.shutdown()
    thread.join()
    server.server_close()
    ledger.shut()


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Api]:
    """A project of its own; afterwards it is gone, and settings, faults and clock are as they were."""
    project = f"test-{uuid4().hex[:12]}"
    emulator.app.configure({"projects": {project: {}}})
    yield Api(emulator.endpoint, project)
    emulator.world.faults.clear()
    emulator.world.clock.change({"operation_seconds": 0.04, "boot_seconds": 0.02})
    usual: dict[str, object] = {"quotas": settings.DEFAULTS, "capacity": None, "images": {"retired": []}}
    emulator.app.configure({"projects": {project: None}, **usual})


@pytest.fixture
def quotas(api: Api, emulator: Emulator) -> Iterator[QuotasApi]:
    yield QuotasApi(api.endpoint, api.project)
    emulator.app.configure({"quota_requests": "grant"})


@pytest.fixture(scope="module")
def filled(emulator: Emulator) -> Iterator[Api]:
    """A project with instances a (team red) and b (team blue) in us-central1-a, and c (no team) in us-west1-b."""
    project = f"filled-{uuid4().hex[:12]}"
    emulator.app.configure({"projects": {project: {}}})
    api = Api(emulator.endpoint, project)
    for name, zone, labels in (("a", ZONE, {"team": "red"}), ("b", ZONE, {"team": "blue"}), ("c", "us-west1-b", {})):
        api.insert(instance(name, zone, labels=labels), zone)
    yield api
    emulator.app.configure({"projects": {project: None}})
