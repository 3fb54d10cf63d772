"""Where there is nothing to be had: the refusals, the hint in them, and machines that are there and are not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cloudgpu.rehearsal.gce import catalogue
from tests.rehearsal_gce.asking import ZONE, Api, Json, eventually, instance
from tests.rehearsal_gce.conftest import Emulator

ONE = f"/zones/{ZONE}/instances/one"
T4 = "nvidia-tesla-t4"
DETAILED = "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"


def dry(emulator: Emulator, *rules: Json, **more: Any) -> None:
    emulator.app.configure({"capacity": {"dry": list(rules), **more}})


def metadata(ended: Json) -> Json:
    (error,) = ended["error"]["errors"]
    found = error["errorDetails"][2]["errorInfo"]["metadatas"]
    assert isinstance(found, dict)
    return found


def test_the_refusal_is_the_real_one(api: Api, emulator: Emulator) -> None:
    """Word for word and field for field that of kubernetes/k8s.io#9834, in another zone."""
    dry(emulator, {"zone": ZONE, "accelerator": T4})
    before = emulator.world.ledger.billable()
    ended = api.insert(instance())
    assert (ended["httpErrorStatusCode"], ended["httpErrorMessage"]) == (503, "SERVICE UNAVAILABLE")
    elsewhere = ["us-central1-b", "us-central1-c", "us-central1-f"]
    assert ended["error"]["errors"] == [
        {
            "code": DETAILED,
            "message": f"The zone 'projects/{api.project}/zones/{ZONE}' does not have enough resources available to "
            "fulfill the request.  'NULL:0/NULL:0/NULL:0 (state:STOCKOUT, sub-state:STOCKOUT, resource type:compute)'.",
            "errorDetails": [
                {
                    "help": {
                        "links": [
                            {
                                "description": "Troubleshooting documentation",
                                "url": "https://cloud.google.com/compute/docs/resource-error",
                            }
                        ]
                    }
                },
                {
                    "localizedMessage": {
                        "locale": "en-US",
                        "message": "A n1-standard-4 VM instance with 1 nvidia-tesla-t4 accelerator(s) is currently "
                        "unavailable in the us-central1-a zone. Consider trying your request in the "
                        f"{', '.join(elsewhere)} zone(s), which currently has capacity to accommodate your request. "
                        "Alternatively, you can try your request again with a different VM hardware configuration or "
                        "at a later time. For more information, see the troubleshooting documentation.",
                    }
                },
                {
                    "errorInfo": {
                        "domain": "compute.googleapis.com",
                        "reason": "resource_availability",
                        "metadatas": {
                            "attachment": "nvidia-tesla-t4:1",
                            "vmType": "n1-standard-4",
                            "zone": ZONE,
                            "zonesAvailable": ",".join(elsewhere),
                        },
                    }
                },
            ],
        }
    ]
    assert api.refused("GET", ONE)[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")
    assert f"gcp-{ended['targetId']}" not in emulator.machines.specs
    assert emulator.world.ledger.billable() == before
    assert "error" not in api.insert(instance("one", "us-central1-f"), "us-central1-f")


def test_the_hint_names_zones_that_have_it(api: Api, emulator: Emulator) -> None:
    dry(
        emulator,
        {"zone": ZONE},
        {"zone": "us-central1-c", "accelerator": "nvidia-*"},
        {"zone": "*", "accelerator": "nvidia-l4"},
    )
    assert metadata(api.insert(instance()))["zonesAvailable"] == "us-central1-b,us-central1-f"
    g2 = instance(machineType=f"zones/{ZONE}/machineTypes/g2-standard-4", guestAccelerators=[])
    told = metadata(api.insert(g2))
    assert told == {"attachment": "nvidia-l4:1", "vmType": "g2-standard-4", "zone": ZONE, "zonesAvailable": ""}
    plain = instance(guestAccelerators=[], scheduling={})
    assert metadata(api.insert(plain))["attachment"] == ""
    dry(emulator, {"zone": ZONE}, hint=False)
    ended = api.insert(instance())
    assert metadata(ended)["zonesAvailable"] == ""
    said = ended["error"]["errors"][0]["errorDetails"][1]["localizedMessage"]["message"]
    assert "zone. Alternatively, you can try" in said


def test_how_it_reads_is_a_setting(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": "us-central1-*"}, reason="configuration_availability")
    details = api.insert(instance())["error"]["errors"][0]["errorDetails"]
    assert details[2]["errorInfo"]["reason"] == "configuration_availability"
    dry(emulator, {"zone": "us-central1-*"}, details=False)
    said = f"The zone 'projects/{api.project}/zones/{ZONE}' does not have enough resources available to fulfill the"
    expected = {
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED",
        "message": f"{said} request.  Try a different zone, or try again later.",
    }
    assert api.insert(instance())["error"]["errors"] == [expected]


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        ({"machine_type": "n1-*"}, True),
        ({"machine_type": "g2-*"}, False),
        ({"model": "STANDARD"}, True),
        ({"model": "SPOT"}, False),
        ({"accelerator": ""}, False),
        ({"zone": "us-central1-b"}, False),
    ],
)
def test_whom_a_rule_fits(api: Api, emulator: Emulator, rule: Json, refused: bool) -> None:
    dry(emulator, rule)
    assert ("error" in api.insert(instance())) is refused


def test_it_takes_its_time(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": "*"}, seconds=0.4)
    began = time.monotonic()
    operation = api.begin("POST", f"/zones/{ZONE}/instances", instance())
    assert api.get(ONE)["status"] == "PROVISIONING"
    assert api.not_made(instance())[1] == "alreadyExists"
    assert "error" in api.done(operation)
    assert time.monotonic() - began >= 0.4


def test_a_shortage_that_passes(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": ZONE, "times": 2})
    assert ["error" in api.insert(instance()) for _ in range(3)] == [True, True, False]


def test_quota_comes_first(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": "*"})
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": 0}})
    assert api.insert(instance())["error"]["errors"][0]["code"] == "QUOTA_EXCEEDED"


def test_a_stopped_machine_may_find_nothing_when_it_starts(api: Api, emulator: Emulator) -> None:
    made = api.insert(instance())
    api.done(api.begin("POST", f"{ONE}/stop"))
    dry(emulator, {"zone": ZONE})
    ended = api.done(api.begin("POST", f"{ONE}/start"))
    assert ended["error"]["errors"][0]["code"] == DETAILED
    assert api.get(ONE)["status"] == "TERMINATED"
    assert emulator.machines.boots.count(f"gcp-{made['targetId']}") == 1
    dry(emulator)
    assert "error" not in api.done(api.begin("POST", f"{ONE}/start"))


def test_a_phantom_is_there_for_a_while(api: Api, emulator: Emulator) -> None:
    """It reaches STAGING, its operation ends badly, and it can still be seen (as on a real project)."""
    dry(emulator, {"zone": ZONE, "phantom_seconds": 0.5})
    ended = api.insert(instance())
    assert ended["error"]["errors"][0]["code"] == DETAILED
    assert api.get(ONE)["status"] == "STAGING"
    assert f"gcp-{ended['targetId']}" not in emulator.machines.specs
    eventually(lambda: api.ask("GET", ONE)[0] == 404)


def test_a_phantom_can_be_deleted(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": ZONE, "phantom_seconds": 30.0})
    api.insert(instance())
    assert "error" not in api.done(api.begin("DELETE", ONE))
    assert api.refused("GET", ONE)[0] == 404


def test_twenty_dry_zones_in_a_row_are_cheap(api: Api, emulator: Emulator) -> None:
    dry(emulator, {"zone": "*"}, seconds=0.0)
    sold = [zone for zone, kinds in catalogue.accelerators().items() if T4 in kinds][:20]
    bodies = [(instance(f"i{number}", zone), zone) for number, zone in enumerate(sold)]
    began = time.monotonic()
    assert all("error" in api.insert(body, zone) for body, zone in bodies)
    assert time.monotonic() - began < 5
