"""Flex-start machines: what their insert has to say, and their wait for capacity."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, Json, eventually, instance
from tests.rehearsal_gce.conftest import Emulator

ONE = f"/zones/{ZONE}/instances/one"
SCHEDULING: Json = {
    "provisioningModel": "FLEX_START",
    "onHostMaintenance": "TERMINATE",
    "instanceTerminationAction": "DELETE",
    "maxRunDuration": {"seconds": "3600"},
}
DRY = {"dry": [{"zone": ZONE, "accelerator": "nvidia-l4"}]}


def flex(scheduling: Json | None = None, wait: int | None = 90, **changes: Any) -> Json:
    """One L4, waiting a minute and a half for it."""
    body: Json = {
        "machineType": f"zones/{ZONE}/machineTypes/g2-standard-4",
        "guestAccelerators": [],
        "scheduling": {name: one for name, one in {**SCHEDULING, **(scheduling or {})}.items() if one is not None},
        "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"},
        **({} if wait is None else {"params": {"requestValidForDuration": {"seconds": str(wait)}}}),
    }
    return instance(**{**body, **changes})


@pytest.fixture
def dry(emulator: Emulator, api: Api) -> Any:
    emulator.app.configure({"capacity": DRY})
    yield lambda wanted: emulator.app.configure({"capacity": wanted})
    emulator.app.configure({"capacity": None})


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        (flex({"maxRunDuration": None}), "required", "resource.scheduling.maxRunDuration"),
        (flex({"instanceTerminationAction": None}), "required", "resource.scheduling.instanceTerminationAction"),
        (flex({"maxRunDuration": {"seconds": "599"}}), "invalid", "Must be between 10 minutes and 7 days"),
        (flex({"maxRunDuration": {"seconds": "604801"}}), "invalid", "Must be between 10 minutes and 7 days"),
        (flex({"onHostMaintenance": "MIGRATE"}), "invalid", "valid types: [TERMINATE]. But was MIGRATE"),
        (flex({"onHostMaintenance": None}), "invalid", "valid types: [TERMINATE]. But was MIGRATE"),
        (flex({"automaticRestart": True}), "invalid", "does not support automatic restart"),
        (flex({"preemptible": True}), "invalid", "For preemptible, only allowed provisioning_model value is SPOT"),
        (flex(reservationAffinity={}), "invalid", "reservationAffinity.consumeReservationType"),
        (flex(wait=89), "invalid", "resource.params.requestValidForDuration.seconds': '89'. Must be 0, or"),
        (flex(wait=7201), "invalid", "between 90 seconds and 2 hours"),
        (flex({"provisioningModel": "SPOT"}), "invalid", "requestValidForDuration"),
        (flex(machineType=f"zones/{ZONE}/machineTypes/n1-standard-4"), "invalid", "machine type n1-standard-4"),
    ],
)  # fmt: skip
def test_what_its_insert_has_to_say(api: Api, body: Json, reason: str, said: str) -> None:
    status, why, message = api.not_made(body)
    assert (status, why) == (400, reason)
    assert said in message
    assert api.ask("GET", ONE)[0] == 404


def test_where_there_is_capacity_it_comes_up_at_once(api: Api) -> None:
    assert "error" not in api.insert(flex())
    made = api.get(ONE)
    assert (made["status"], made["scheduling"]["provisioningModel"]) == ("RUNNING", "FLEX_START")
    assert "terminationTimestamp" in made["resourceStatus"]["scheduling"]
    assert "params" not in made


def test_it_waits_until_there_is_capacity(api: Api, dry: Any) -> None:
    operation = api.begin("POST", f"/zones/{ZONE}/instances", flex())
    path = f"/zones/{ZONE}/operations/{operation['name']}"
    eventually(lambda: api.get(path)["status"] == "RUNNING")
    assert api.get(ONE)["status"] == "PENDING"
    assert api.refused("POST", f"{ONE}/stop")[:2] == (400, "resourceNotReady")
    dry(None)
    assert "error" not in api.done(operation)
    assert api.get(ONE)["status"] == "RUNNING"


def test_deleted_while_it_waits(api: Api, dry: Any, emulator: Emulator) -> None:
    operation = api.begin("POST", f"/zones/{ZONE}/instances", flex())
    eventually(lambda: api.get(f"/zones/{ZONE}/operations/{operation['name']}")["status"] == "RUNNING")
    assert "error" not in api.done(api.begin("DELETE", ONE))
    assert api.done(operation)["error"]["errors"][0]["code"] == "OPERATION_CANCELED_BY_USER"
    assert api.ask("GET", ONE)[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")
    assert not [row for row in emulator.world.ledger.rows() if row["name"] == "one" and row["ended_at"] is None]


def test_its_time_is_over_before_there_is_capacity(api: Api, dry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudgpu.rehearsal.gce.flex.SHORTEST_WAIT_SECONDS", 1)
    ended = api.insert(flex(wait=1))
    assert ended["error"]["errors"][0]["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
    assert ended["httpErrorStatusCode"] == 503
    assert api.ask("GET", ONE)[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")


@pytest.mark.parametrize("wait", [0, None])
def test_who_does_not_wait_is_refused_at_once(api: Api, dry: Any, wait: int | None) -> None:
    ended = api.insert(flex(wait=wait))
    assert ended["error"]["errors"][0]["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
    assert api.ask("GET", ONE)[0] == 404


def test_a_zone_that_is_dry_for_one_question_has_capacity_for_who_waits(api: Api, dry: Any) -> None:
    dry({"dry": [{"zone": ZONE, "times": 1}]})
    assert "error" not in api.insert(flex())


def test_it_draws_on_the_preemptible_quota(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"PREEMPTIBLE_NVIDIA_L4_GPUS": 1, "NVIDIA_L4_GPUS": 8}})
    api.insert(flex())
    refused = api.insert(flex(name="two"))["error"]["errors"][0]
    assert refused["code"] == "QUOTA_EXCEEDED"
    assert "PREEMPTIBLE_NVIDIA_L4_GPUS" in refused["message"]
    assert api.ask("GET", f"/zones/{ZONE}/instances/two")[0] == 404
