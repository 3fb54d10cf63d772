"""The end of the whole cloud: nothing goes on after it, and nobody waits for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from cloudgpu.rehearsal import gce
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.world import World
from tests.rehearsal_gce.asking import ZONE, Api, eventually, instance
from tests.rehearsal_gce.machines import Machines


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


def _reset(api: Api) -> None:
    with pytest.raises(requests.ConnectionError):
        api.get("/zones")


def test_operations_end_where_they_stand(tmp_path: Path) -> None:
    clock = Clock(operation_seconds=60)
    machines = Machines(clock)
    world = World(Ledger(tmp_path / "ledger"), machines, clock=clock)
    app = gce.app(world)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    api = Api(f"http://127.0.0.1:{server.port}", "cloudgpu-rehearsal")
    try:
        begun = api.begin("POST", f"/zones/{ZONE}/instances", instance())
        world.faults.add({"cloud": "gcp", "operation": "compute.zones.list", "effect": "timeout"})
        held = threading.Thread(target=_reset, args=(api,))
        held.start()
        eventually(lambda: not world.faults.listed()[0]["times"])
        app.close()
        held.join(5)
        assert not held.is_alive()
        status, operation = api.ask("POST", f"/zones/{ZONE}/operations/{begun['name']}/wait")
        assert (status, operation["status"]) == (200, "PENDING")
        assert machines.boots == []
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        world.ledger.shut()
