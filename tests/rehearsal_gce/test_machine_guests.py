"""What the cloud does with guests that are real machines."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from cloudgpu.rehearsal import gce
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.ledger import Ledger
from cloudgpu.rehearsal.world import Identity, World
from tests.rehearsal_gce.asking import ZONE, Api, eventually, instance
from tests.rehearsal_gce.machines import Machines

ONE = f"/zones/{ZONE}/instances/one"


class Disks(Machines):
    """With a disk, an address from the first moment, and an agent that publishes."""

    kind = "machine"

    def __init__(self) -> None:
        super().__init__(Clock(operation_seconds=0.02, boot_seconds=3600))
        self.stopped: list[str] = []
        self.halted: list[str] = []
        self.told: dict[str, str] = {}

    def address(self, guest_id: str) -> str | None:
        return "198.51.100.11" if guest_id in self.running() else None

    def stop(self, guest_id: str) -> None:
        self.stopped.append(guest_id)
        super().halt(guest_id)

    def halt(self, guest_id: str) -> None:
        self.halted.append(guest_id)
        super().halt(guest_id)

    def reboot(self, guest_id: str) -> None: ...

    def cut(self, guest_id: str) -> None: ...

    def published(self, guest_id: str) -> Mapping[str, str]:
        return self.told


@pytest.fixture
def disks() -> Disks:
    return Disks()


@pytest.fixture
def world(disks: Disks, tmp_path: Path) -> Iterator[World]:
    made = World(Ledger(tmp_path / "ledger.sqlite"), disks, clock=disks.clock)
    yield made
    made.ledger.shut()


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    app = gce.app(world)
    app.configure({"projects": {"rehearsal": {}}})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Api(f"http://127.0.0.1:{server.port}", "rehearsal")
    app.close()
    server.shutdown()
    thread.join()
    server.server_close()


def _identity(disks: Disks) -> Identity:
    (spec,) = disks.specs.values()
    assert spec.identity is not None
    return spec.identity


def test_the_address_is_there_before_the_door(api: Api) -> None:
    api.insert(instance())
    assert api.get(ONE)["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == "198.51.100.11"


def test_metadata_are_read_as_they_are_now(api: Api, disks: Disks) -> None:
    api.insert(instance())
    identity, before = _identity(disks), api.get(ONE)["metadata"]
    assert "late" not in identity.attributes()
    items = [*before["items"], {"key": "late", "value": "yes"}]
    api.done(api.begin("POST", f"{ONE}/setMetadata", {"items": items, "fingerprint": before["fingerprint"]}))
    assert identity.attributes()["late"] == "yes"
    assert (identity.cloud, identity.facts["zone"]) == ("gcp", ZONE)


def test_host_keys_are_what_the_agent_publishes(api: Api, disks: Disks) -> None:
    body = instance()
    body["metadata"]["items"] = [{"key": "enable-guest-attributes", "value": "TRUE"}]
    api.insert(body)
    assert api.refused("GET", f"{ONE}/getGuestAttributes", queryPath="hostkeys/")[0] == 404
    disks.told = {"hostkeys/ssh-ed25519": "AAAA", "other/thing": "x"}
    items = api.get(f"{ONE}/getGuestAttributes", queryPath="hostkeys/")["queryValue"]["items"]
    assert items == [{"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAA"}]


def test_a_stop_leaves_the_disk_and_a_deletion_does_not(api: Api, disks: Disks) -> None:
    made = f"gcp-{api.insert(instance())['targetId']}"
    api.done(api.begin("POST", f"{ONE}/stop"))
    assert (disks.stopped, disks.halted) == ([made], [])
    api.done(api.begin("DELETE", ONE))
    assert disks.halted == [made]


def test_a_machine_that_goes_off_by_itself_is_billed_no_longer(api: Api, disks: Disks, world: World) -> None:
    api.insert(instance())
    identity = _identity(disks)
    identity.powered_off()
    assert api.get(ONE)["status"] == "TERMINATED"
    assert "instance" not in {row["kind"] for row in world.ledger.rows() if row["ended_at"] is None}
    identity.powered_off()  # once more, too late
    api.done(api.begin("POST", f"{ONE}/start"))
    eventually(lambda: api.get(ONE)["status"] == "RUNNING")
