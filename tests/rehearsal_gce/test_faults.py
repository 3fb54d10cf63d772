"""What goes wrong when it is told to: errors on both surfaces, answers that are lost, connections that end."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.rehearsal_gce.asking import ZONE, Api, eventually, instance
from tests.rehearsal_gce.conftest import Emulator

ONE = f"/zones/{ZONE}/instances/one"
INSERT = "compute.instances.insert"


def fault(emulator: Emulator, api: Api, operation: str, effect: str, **more: Any) -> None:
    match = {"project": api.project, **more.pop("match", {})}
    emulator.world.faults.add({"cloud": "gcp", "operation": operation, "effect": effect, "match": match, **more})


def test_a_stockout_ends_the_operation_and_leaves_nothing(api: Api, emulator: Emulator) -> None:
    """The details are those of a real one (kubernetes/k8s.io#9834)."""
    metadata = {
        "attachment": "nvidia-tesla-t4:1",
        "vmType": "n1-standard-4",
        "zone": ZONE,
        "zonesAvailable": "us-central1-b,us-central1-f",
    }
    info = {"domain": "compute.googleapis.com", "reason": "resource_availability", "metadatas": metadata}
    code = "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
    fault(emulator, api, INSERT, "error", match={"zone": ZONE}, code=code, details=[{"errorInfo": info}])
    emulator.world.clock.change({"operation_seconds": 0.8})
    operation = api.begin("POST", f"/zones/{ZONE}/instances", instance())
    eventually(lambda: api.get(ONE)["status"] == "STAGING")
    ended = api.done(operation)
    assert (ended["httpErrorStatusCode"], ended["httpErrorMessage"]) == (503, "SERVICE UNAVAILABLE")
    (error,) = ended["error"]["errors"]
    assert error["code"] == code
    assert error["message"].startswith(f"The zone 'projects/{api.project}/zones/{ZONE}' does not have enough resources")
    assert error["errorDetails"] == [{"errorInfo": info}]
    assert api.refused("GET", ONE)[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")
    assert f"gcp-{ended['targetId']}" not in emulator.machines.specs
    emulator.world.clock.change({"operation_seconds": 0.04})
    assert "error" not in api.insert(instance())


def test_an_error_over_http(api: Api, emulator: Emulator) -> None:
    fault(
        emulator, api, INSERT, "error", code="rateLimitExceeded", message="Rate Limit Exceeded", match={"name": "one"}
    )
    assert "error" not in api.insert(instance("two"))
    assert api.not_made(instance()) == (403, "rateLimitExceeded", "Rate Limit Exceeded")
    assert "error" not in api.insert(instance())


def test_an_operations_code_answered_over_http(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, INSERT, "error", code="QUOTA_EXCEEDED", surface="http", http_status=403, message="m")
    assert api.not_made(instance()) == (403, "QUOTA_EXCEEDED", "m")


def test_reading_goes_wrong_over_http(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, "compute.regions.get", "error", code="backendError", times=2)
    for _ in range(2):
        assert api.refused("GET", "/regions/us-central1") == (503, "backendError", "Backend Error")
    api.get("/regions/us-central1")


def test_a_delete_that_fails_leaves_it_running(api: Api, emulator: Emulator) -> None:
    api.insert(instance())
    fault(emulator, api, "compute.instances.delete", "error", code="INTERNAL_ERROR")
    ended = api.done(api.begin("DELETE", ONE))
    assert ended["error"]["errors"][0]["code"] == "INTERNAL_ERROR"
    assert ended["httpErrorStatusCode"] == 500
    assert api.get(ONE)["status"] == "RUNNING"


def test_a_lost_answer_and_the_same_request_again_make_one_instance(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, INSERT, "lost_response")
    request_id = str(uuid4())
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/zones/{ZONE}/instances", instance(), requestId=request_id)
    again = api.begin("POST", f"/zones/{ZONE}/instances", instance(), requestId=request_id)
    assert "error" not in api.done(again)
    assert api.begin("POST", f"/zones/{ZONE}/instances", instance(), requestId=request_id)["name"] == again["name"]
    assert emulator.machines.boots.count(f"gcp-{again['targetId']}") == 1
    assert len(api.get(f"/zones/{ZONE}/instances")["items"]) == 1
    assert len(api.get(f"/zones/{ZONE}/operations")["items"]) == 1
    assert api.not_made(instance(), requestId=str(uuid4()))[1] == "alreadyExists"


def test_a_lost_refusal_is_lost_as_well(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, "compute.instances.get", "lost_response")
    with pytest.raises(requests.ConnectionError):
        api.ask("GET", ONE)
    assert api.refused("GET", ONE)[0] == 404


@pytest.mark.parametrize("request_id", ["one", "00000000-0000-0000-0000-000000000000"])
def test_a_request_id_is_a_uuid(api: Api, request_id: str) -> None:
    status, reason, said = api.not_made(instance(), requestId=request_id)
    assert (status, reason) == (400, "invalid")
    assert f"Invalid value for field 'requestId': '{request_id}'." in said


def test_a_reset_does_nothing(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, INSERT, "reset")
    with pytest.raises(requests.ConnectionError, match="reset"):
        api.ask("POST", f"/zones/{ZONE}/instances", instance())
    assert api.refused("GET", ONE)[0] == 404


def test_a_delay(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, "compute.zones.get", "delay", seconds=0.2)
    began = time.monotonic()
    api.get(f"/zones/{ZONE}")
    assert time.monotonic() - began >= 0.2


def test_a_timeout_holds_the_request_and_does_nothing(api: Api, emulator: Emulator) -> None:
    fault(emulator, api, INSERT, "timeout")
    url = f"{api.endpoint}/compute/v1/projects/{api.project}/zones/{ZONE}/instances"
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=instance(), headers={"Authorization": "Bearer x"}, timeout=0.3)
    assert api.refused("GET", ONE)[0] == 404


def test_an_operation_that_breaks_still_ends(api: Api, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_spec: object) -> None:
        raise OSError("no process can be started")

    monkeypatch.setattr(emulator.machines, "boot", broken)
    ended = api.insert(instance())
    assert ended["error"]["errors"][0]["code"] == "INTERNAL_ERROR"
    assert "no process can be started" in ended["error"]["errors"][0]["message"]
    assert api.refused("GET", ONE)[0] == 404
