"""Quotas count what lives, and settings change what is allowed, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal_gce.asking import ZONE, Api, Json, instance
from tests.rehearsal_gce.conftest import Emulator


def used(api: Api, metric: str, region: str = "/regions/us-central1") -> tuple[float, float]:
    """(limit, usage)"""
    (found,) = [one for one in api.get(region)["quotas"] if one["metric"] == metric]
    return found["limit"], found["usage"]


def refused(operation: Json) -> dict[str, Any]:
    assert (operation["httpErrorStatusCode"], operation["httpErrorMessage"]) == (403, "FORBIDDEN")
    (error,) = operation["error"]["errors"]
    assert error["code"] == "QUOTA_EXCEEDED"
    assert isinstance(error, dict)
    return error


def test_usage_is_what_lives(api: Api) -> None:
    api.insert(instance())
    assert used(api, "GPUS_ALL_REGIONS", "") == (16, 1)
    assert used(api, "NVIDIA_T4_GPUS") == (8, 1)
    assert used(api, "CPUS") == (500, 4)
    assert used(api, "SSD_TOTAL_GB") == (20_000, 100)
    assert used(api, "IN_USE_ADDRESSES") == (100, 1)
    assert used(api, "INSTANCES") == (1000, 1)
    assert used(api, "NVIDIA_T4_GPUS", "/regions/us-west1") == (8, 0)
    api.done(api.begin("POST", f"/zones/{ZONE}/instances/one/stop"))
    assert used(api, "GPUS_ALL_REGIONS", "") == (16, 0)
    assert used(api, "SSD_TOTAL_GB") == (20_000, 100)
    api.done(api.begin("DELETE", f"/zones/{ZONE}/instances/one"))
    assert used(api, "SSD_TOTAL_GB") == (20_000, 0)
    assert used(api, "INSTANCES") == (1000, 0)


def test_no_gpu_anywhere(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"GPUS_ALL_REGIONS": 0}})
    error = refused(api.insert(instance()))
    assert error["message"] == "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally."
    assert error["errorDetails"] == [
        {
            "quotaInfo": {
                "metricName": "compute.googleapis.com/gpus_all_regions",
                "limitName": "GPUS-ALL-REGIONS-per-project",
                "dimensions": {"global": "global"},
                "limit": 0.0,
            }
        }
    ]
    assert api.refused("GET", f"/zones/{ZONE}/instances/one")[0] == 404
    assert "items" not in api.get(f"/zones/{ZONE}/disks")


def test_one_region_only(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": {"us-central1": 1}}})
    assert "error" not in api.insert(instance("first"))
    error = refused(api.insert(instance("second")))
    assert error["message"] == "Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 1.0 in region us-central1."
    info = error["errorDetails"][0]["quotaInfo"]
    assert (info["limitName"], info["dimensions"]) == (
        "NVIDIA-T4-GPUS-per-project-region",
        {"region": "us-central1"},
    )
    assert "error" not in api.insert(instance("second", "us-west1-b"), "us-west1-b")


@pytest.mark.parametrize(
    ("metric", "limit"), [("CPUS", 3), ("SSD_TOTAL_GB", 99), ("IN_USE_ADDRESSES", 0), ("INSTANCES", 0)]
)
def test_whatever_it_draws_on(api: Api, emulator: Emulator, metric: str, limit: float) -> None:
    emulator.app.configure({"quotas": {metric: limit}})
    assert f"Quota '{metric}' exceeded." in refused(api.insert(instance()))["message"]


def test_spot_draws_on_the_preemptible_quota_where_there_is_one(api: Api, emulator: Emulator) -> None:
    spot = {"provisioningModel": "SPOT", "onHostMaintenance": "TERMINATE"}
    assert "error" not in api.insert(instance(scheduling=spot))
    assert used(api, "PREEMPTIBLE_NVIDIA_T4_GPUS") == (8, 1)
    assert used(api, "NVIDIA_T4_GPUS") == (8, 0)
    emulator.app.configure({"quotas": {"PREEMPTIBLE_NVIDIA_T4_GPUS": 0}})
    assert used(api, "NVIDIA_T4_GPUS") == (8, 1)


def test_newer_families_have_a_quota_that_is_not_listed(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"GPUS_PER_GPU_FAMILY": 0}})
    body = instance(
        machineType=f"zones/{ZONE}/machineTypes/a3-highgpu-8g",
        guestAccelerators=[],
        networkInterfaces=[{"nicType": "GVNIC"}],
    )
    error = refused(api.insert(body))
    assert "Quota 'GPUS_PER_GPU_FAMILY' exceeded." in error["message"]
    assert error["errorDetails"][0]["quotaInfo"]["dimensions"]["gpu_family"] == "NVIDIA_H100"
    assert "GPUS_PER_GPU_FAMILY" not in {one["metric"] for one in api.get("/regions/us-central1")["quotas"]}


def test_a_gpu_given_up_may_be_gone_when_one_starts_again(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": 1}})
    api.insert(instance("first"))
    api.done(api.begin("POST", f"/zones/{ZONE}/instances/first/stop"))
    api.insert(instance("second"))
    assert "NVIDIA_T4_GPUS" in refused(api.done(api.begin("POST", f"/zones/{ZONE}/instances/first/start")))["message"]
    assert api.get(f"/zones/{ZONE}/instances/first")["status"] == "TERMINATED"


def test_disks_count(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"DISKS_TOTAL_GB": 15}})
    disks = f"/zones/{ZONE}/disks"
    assert "error" not in api.done(api.begin("POST", disks, {"name": "a", "sizeGb": "10"}))
    assert "DISKS_TOTAL_GB" in refused(api.done(api.begin("POST", disks, {"name": "b", "sizeGb": "10"})))["message"]
    assert [one["name"] for one in api.get(disks)["items"]] == ["a"]


def test_projects(api: Api, emulator: Emulator) -> None:
    nobody = Api(emulator.endpoint, "nobody-knows-me")
    said = "The resource 'projects/nobody-knows-me' was not found"
    assert nobody.refused("GET", "") == (404, "notFound", said)
    assert nobody.refused("GET", f"/zones/{ZONE}/instances") == (404, "notFound", said)
    assert Api(emulator.endpoint, "cloudgpu-rehearsal").get("")["name"] == "cloudgpu-rehearsal"
    emulator.app.configure({"projects": {api.project: {"compute_api": False}}})
    status, answer = api.ask("GET", "")
    assert (status, answer["error"]["errors"][0]["reason"]) == (403, "accessNotConfigured")
    assert answer["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    assert answer["error"]["message"].startswith("Compute Engine API has not been used in project ")
    emulator.app.configure({"projects": {api.project: {"billing": False}}})
    status, answer = api.ask("GET", "/zones")
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "BILLING_DISABLED")
    assert "This API method requires billing to be enabled." in answer["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"quota": {}},
        {"quotas": []},
        {"quotas": {"GPUS": 1}},
        {"quotas": {"CPUS": "many"}},
        {"quotas": {"CPUS": -1}},
        {"quotas": {"GPUS_ALL_REGIONS": {"us-central1": 1}}},
        {"projects": {"p": {"api": True}}},
        {"projects": {"p": {"billing": "no"}}},
    ],
)
def test_settings_that_make_no_sense(emulator: Emulator, wrong: dict[str, object]) -> None:
    before = emulator.app.configure({})
    with pytest.raises(ValueError, match=r"\w"):
        emulator.app.configure(wrong)
    assert emulator.app.configure({}) == before
