"""Whatever is done, in whatever order: billed is what there is, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator

DISK, SNAPSHOT, IMAGE = f"/zones/{ZONE}/disks", "/global/snapshots", "/global/images"
INSTANCE, ADDRESS = f"/zones/{ZONE}/instances", "/regions/us-central1/addresses"
SOURCE = {"name": "i", "sourceDisk": f"zones/{ZONE}/disks/one"}
ACTS: dict[str, Callable[[Api], tuple[int, dict[str, object]]]] = {
    "insert": lambda api: api.ask("POST", INSTANCE, instance()),
    "insert in vain": lambda api: api.ask("POST", "/zones/us-west1-b/instances", instance(zone="us-west1-b")),
    "stop": lambda api: api.ask("POST", f"{INSTANCE}/one/stop"),
    "start": lambda api: api.ask("POST", f"{INSTANCE}/one/start"),
    "delete": lambda api: api.ask("DELETE", f"{INSTANCE}/one"),
    "disk": lambda api: api.ask("POST", DISK, {"name": "d", "sizeGb": "10"}),
    "no disk": lambda api: api.ask("DELETE", f"{DISK}/d"),
    "snapshot": lambda api: api.ask("POST", f"{DISK}/d/createSnapshot", {"name": "s"}),
    "no snapshot": lambda api: api.ask("DELETE", f"{SNAPSHOT}/s"),
    "image": lambda api: api.ask("POST", IMAGE, SOURCE, forceCreate="true"),
    "no image": lambda api: api.ask("DELETE", f"{IMAGE}/i"),
    "address": lambda api: api.ask("POST", ADDRESS, {"name": "a"}),
    "no address": lambda api: api.ask("DELETE", f"{ADDRESS}/a"),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.booleans()), max_size=14))
def test_billed_is_what_there_is(emulator: Emulator, acts: list[tuple[str, bool]]) -> None:
    """An act is begun before the one before it has ended, or after."""
    api = Api(emulator.endpoint, f"balance-{uuid4().hex[:12]}")
    before = {(row["kind"], row["id"]) for row in emulator.world.ledger.rows() if not row["ended_at"]}
    emulator.app.configure({"projects": {api.project: {}}, "capacity": {"dry": [{"zone": "us-west1-b"}]}})
    try:
        begun = []
        for act, waited in acts:
            status, answer = ACTS[act](api)
            begun += [answer] if status == 200 else []
            if waited and begun:
                api.done(begun[-1])
        for operation in begun:
            api.done(operation)
        rows = emulator.world.ledger.rows()
        billed = {
            (row["kind"], row["name"]) for row in rows if not row["ended_at"] and (row["kind"], row["id"]) not in before
        }
        there = {
            (kind, str(one["name"]))
            for kind, path in (("disk", DISK), ("snapshot", SNAPSHOT), ("image", IMAGE), ("address", ADDRESS))
            for one in api.get(path).get("items", ())
        }
        running = [one for one in api.get(INSTANCE).get("items", ()) if one["status"] == "RUNNING"]
        assert billed == there | {("instance", one["name"]) for one in running}
    finally:
        emulator.app.configure({"projects": {api.project: None}, "capacity": None})
