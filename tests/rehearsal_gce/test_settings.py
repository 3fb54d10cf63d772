"""`configure`: strict, whole, and the way back to a new project."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator


def project(value: object) -> dict[str, object]:
    return {"projects": {"p": value}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"capacities": {}}, "unknown Compute Engine setting 'capacities'; known are capacity, images, "),
        ({"capacity": {"dry": {}}}, "capacity.dry takes a list"),
        ({"capacity": {"dry": [{}]}}, "names at least one of zone, accelerator, machine_type, model"),
        ({"capacity": {"dry": [{"zones": "*"}]}}, "unknown capacity.dry setting 'zones'"),
        ({"capacity": {"dry": [{"zone": 1}]}}, "capacity.dry.zone is a pattern, not 1"),
        ({"capacity": {"dry": [{"zone": "*", "times": 1.5}]}}, "capacity.dry.times is a whole number"),
        ({"capacity": {"dry": [{"zone": "*", "phantom_seconds": -1}]}}, "number of seconds from 0 on"),
        ({"capacity": {"hint": 1}}, "capacity.hint is true or false, not 1"),
        ({"capacity": {"reason": "weather"}}, "capacity.reason is one of resource_availability, "),
        ({"capacity": {"seconds": "3"}}, "capacity.seconds is a number of seconds"),
        ({"capacity": []}, "capacity takes an object"),
        ({"images": {"retired": ["windows"]}}, "images.retired: 'windows' is none of common-"),
        ({"images": {"gone": []}}, "unknown images setting 'gone'; known are retired"),
        (project({"default_network": "no"}), "default_network is true or false, not 'no'"),
        (project({"denied": "compute.instances.get"}), "denied takes a list"),
        (project({"denied": ["everything"]}), "denied takes permissions such as"),
        (project({"denied": ["compute.instances.insert"]}), "nothing here needs 'compute.instances.insert'"),
        (project({"policies": {"compute.noFun": True}}), "unknown policies setting 'compute.noFun'"),
        (project({"policies": {"compute.requireOsLogin": []}}), "compute.requireOsLogin is true or false"),
        (project({"policies": {"compute.trustedImageProjects": [1]}}), "each of compute.trustedImageProjects is"),
        (project({"policies": {"gcp.resourceLocations": ["mars"]}}), "'mars' is none of "),
    ],
)  # fmt: skip
def test_what_makes_no_sense(emulator: Emulator, wrong: dict[str, Any], said: str) -> None:
    before = emulator.app.configure({})
    with pytest.raises(ValueError, match=r"\w") as refused:
        emulator.app.configure(wrong)
    assert said in str(refused.value)
    assert emulator.app.configure({}) == before


def test_all_of_it_is_returned_and_can_be_given_back(api: Api, emulator: Emulator) -> None:
    wanted: dict[str, Any] = {
        "projects": {
            api.project: {
                "billing": True,
                "compute_api": True,
                "cloudquotas_api": True,
                "default_network": False,
                "denied": ["compute.instances.create"],
                "policies": {"compute.requireOsLogin": True, "gcp.resourceLocations": ["us-west1"]},
            }
        },
        "capacity": {
            "dry": [{"zone": "us-*", "accelerator": "*", "machine_type": "*", "model": "SPOT", "times": 3}],
            "hint": False,
            "reason": "configuration_availability",
            "details": True,
            "seconds": 3.0,
        },
        "images": {"retired": ["debian-12"]},
    }
    told: Any = emulator.app.configure(wanted)
    assert told["projects"][api.project] == wanted["projects"][api.project]
    assert told["capacity"]["dry"][0] == {**wanted["capacity"]["dry"][0], "phantom_seconds": 0.0}
    assert told["images"] == wanted["images"]
    assert emulator.app.configure(told) == told


def test_a_project_is_new_again(api: Api, emulator: Emulator) -> None:
    made = api.insert(instance())
    api.done(api.begin("POST", "/global/networks", {"name": "mine", "autoCreateSubnetworks": True}))
    api.done(api.begin("POST", "/regions/us-central1/addresses", {"name": "ip"}))
    api.done(api.begin("POST", f"/zones/{ZONE}/disks/one/createSnapshot", {"name": "s"}))
    image = {"name": "i", "sourceDisk": f"zones/{ZONE}/disks/one"}
    api.done(api.begin("POST", "/global/images", image, forceCreate="true"))
    api.done(api.begin("POST", "/global/firewalls", {"name": "r", "allowed": [{"IPProtocol": "tcp"}]}))
    api.done(api.begin("DELETE", "/global/networks/default"))
    before = emulator.world.ledger.billable()
    emulator.app.configure({"projects": {api.project: None}})
    assert api.refused("GET", "")[0] == 404
    assert emulator.world.ledger.billable() == before - 5
    assert f"gcp-{made['targetId']}" not in emulator.machines.running()
    emulator.app.configure({"projects": {api.project: {}}})
    empty = (
        f"/zones/{ZONE}/instances",
        f"/zones/{ZONE}/disks",
        "/global/snapshots",
        "/global/images",
        "/global/firewalls",
    )
    assert all("items" not in api.get(path) for path in empty)
    assert "items" not in api.get("/regions/us-central1/addresses")
    assert [one["name"] for one in api.get("/global/networks")["items"]] == ["default"]


def test_a_machine_of_a_project_that_is_gone_does_not_boot(api: Api, emulator: Emulator) -> None:
    emulator.world.clock.change({"operation_seconds": 0.3})
    begun = api.begin("POST", f"/zones/{ZONE}/instances", instance())
    emulator.app.configure({"projects": {api.project: None}})
    emulator.app.configure({"projects": {api.project: {}}})
    ended = api.done(begun)
    assert ended["error"]["errors"][0]["code"] == "RESOURCE_NOT_FOUND"
    assert f"gcp-{ended['targetId']}" not in emulator.machines.specs


def test_the_default_network_changes_only_with_its_setting(api: Api, emulator: Emulator) -> None:
    """Else a change of something else would bring it back, or take away one that somebody has made."""
    api.done(api.begin("DELETE", "/global/networks/default"))
    emulator.app.configure({"projects": {api.project: {"denied": ["compute.zones.list"]}}})
    assert "items" not in api.get("/global/networks")
    emulator.app.configure({"projects": {api.project: {"default_network": False}}})
    api.done(api.begin("POST", "/global/networks", {"name": "default", "autoCreateSubnetworks": True}))
    made = api.get("/global/networks/default")
    emulator.app.configure({"projects": {api.project: {"default_network": False, "billing": True}}})
    assert api.get("/global/networks/default") == made
    emulator.app.configure({"projects": {api.project: {}}})
    assert api.get("/global/networks/default")["description"] == "Default network for the project"
