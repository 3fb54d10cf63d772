"""The embedded Cloud Quotas API: the limits that count, requests for more, and Google's own client to read it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudgpu.rehearsal.gce.settings import project_number
from tests.rehearsal_gce.asking import ZONE, Api, eventually, instance
from tests.rehearsal_gce.conftest import Emulator
from tests.rehearsal_gce.quotas_api import EMAIL, H100, HERE, T4, QuotasApi, wanted


def test_the_same_limits_as_compute_engine_tells(quotas: QuotasApi, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": {"us-central1": 0, "us-west1": 2}}})
    info = quotas.info(T4)
    assert (info["quotaId"], info["metric"], info["dimensions"]) == (
        T4,
        "compute.googleapis.com/nvidia_t4_gpus",
        ["region"],
    )
    assert info["name"].startswith(f"projects/{project_number(quotas.project)}/locations/global/services/")
    first, second, rest = info["dimensionsInfos"]
    told = {one["applicableLocations"][0]: one for one in (first, second)}
    assert told["us-central1"] == {"dimensions": HERE, "details": {}, "applicableLocations": ["us-central1"]}
    assert told["us-west1"]["details"] == {"value": "2"}
    assert rest["details"] == {"value": "8"}
    assert "dimensions" not in rest
    assert not {"us-central1", "us-west1"} & set(rest["applicableLocations"])


def test_the_newer_families_are_here_and_only_here(quotas: QuotasApi, api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"GPUS_PER_GPU_FAMILY/NVIDIA_H100": {"us-east4": 3}}})
    rows = quotas.info(H100)["dimensionsInfos"]
    assert rows[0]["dimensions"] == {"region": "us-east4", "gpu_family": "NVIDIA_H100"}
    assert rows[0]["details"] == {"value": "3"}
    assert {row["dimensions"].get("gpu_family") for row in rows[:-1]} == {
        "NVIDIA_H100", "NVIDIA_H100_MEGA", "NVIDIA_H200", "NVIDIA_B200", "NVIDIA_RTX_PRO_6000",
    }  # fmt: skip
    assert rows[-1]["details"] == {}
    assert quotas.info("PREEMPTIBLE-NVIDIA-H200-GPUS-per-project-region")
    regional = {one["metric"] for one in api.get("/regions/us-east4")["quotas"]}
    assert not [metric for metric in regional if "FAMILY" in metric or "H200" in metric]


def test_pages(quotas: QuotasApi) -> None:
    path, seen, token = "services/compute.googleapis.com/quotaInfos", [], ""
    while True:
        status, answer = quotas.ask("GET", path, pageSize=7, **({"pageToken": token} if token else {}))
        assert status == 200
        assert len(answer["quotaInfos"]) <= 7
        seen += [one["quotaId"] for one in answer["quotaInfos"]]
        if not (token := answer.get("nextPageToken", "")):
            break
    assert len(seen) == len(set(seen)) > 7
    assert {T4, H100, "GPUS-ALL-REGIONS-per-project", "CPUS-per-project-region"} <= set(seen)
    assert quotas.refused("GET", path, pageToken="?")[:2] == (400, "INVALID_ARGUMENT")
    assert quotas.refused("GET", path, pageSize=-1)[:2] == (400, "INVALID_ARGUMENT")
    assert quotas.refused("GET", path.replace("compute", "vertex"))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("mood", "granted", "detail"),
    [
        ("grant", 12, "Quota request approved to 12"),
        ("refuse", 8, "Quota request denied"),
        ({"partly": 10}, 10, "Quota request approved to 10"),
        ({"ineligible": "NOT_ENOUGH_USAGE_HISTORY"}, 8, "Quota request denied"),
    ],
)
def test_what_becomes_of_a_request(
    quotas: QuotasApi, api: Api, emulator: Emulator, mood: object, granted: int, detail: str
) -> None:
    emulator.app.configure({"quota_requests": mood})
    first = quotas.create(wanted(), "mine")
    assert first["reconciling"]
    assert "grantedValue" not in first["quotaConfig"]
    assert "contactEmail" not in first
    config = quotas.settled(first)["quotaConfig"]
    assert (config["preferredValue"], config["grantedValue"], config["stateDetail"]) == ("12", str(granted), detail)
    limits = {one["metric"]: one["limit"] for one in api.get("/regions/us-central1")["quotas"]}
    elsewhere = {one["metric"]: one["limit"] for one in api.get("/regions/us-west1")["quotas"]}
    assert (limits["NVIDIA_T4_GPUS"], elsewhere["NVIDIA_T4_GPUS"]) == (granted, 8)


def test_a_pending_one_stays_so(quotas: QuotasApi, emulator: Emulator) -> None:
    emulator.app.configure({"quota_requests": "pending"})
    quotas.create(wanted(), "mine")
    emulator.world.clock.change({"operation_seconds": 0})
    assert quotas.ask("GET", "quotaPreferences/mine")[1]["reconciling"]
    assert [row["details"] for row in quotas.info(T4)["dimensionsInfos"]] == [{"value": "8"}]


def test_a_granted_family_is_what_an_insert_is_checked_against(quotas: QuotasApi, api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"GPUS_PER_GPU_FAMILY": 0}})
    machine = instance(
        machineType=f"zones/{ZONE}/machineTypes/a3-highgpu-8g",
        guestAccelerators=[],
        networkInterfaces=[{"nicType": "GVNIC"}],
    )
    assert "GPUS_PER_GPU_FAMILY" in api.insert(machine)["error"]["errors"][0]["message"]
    quotas.create(wanted("8", H100, {**HERE, "gpu_family": "NVIDIA_H100"}))
    assert "error" not in api.insert(machine)
    rows = {
        tuple(sorted(row.get("dimensions", {}).values())): row["details"]
        for row in quotas.info(H100)["dimensionsInfos"]
    }
    assert rows["NVIDIA_H100", "us-central1"] == {"value": "8"}
    assert rows["NVIDIA_H200",] == rows["NVIDIA_H100",] == {}


def test_one_preference_for_each_quota_and_its_dimensions(quotas: QuotasApi) -> None:
    quotas.create(wanted(), "mine")
    assert quotas.refused("POST", "quotaPreferences", wanted(13), quotaPreferenceId="mine")[:2] == (
        409,
        "ALREADY_EXISTS",
    )
    status, word, message = quotas.refused("POST", "quotaPreferences", wanted(13), quotaPreferenceId="other")
    assert (status, word) == (409, "ALREADY_EXISTS")
    assert message.endswith("/quotaPreferences/mine' already exists")
    status, changed = quotas.ask("PATCH", "quotaPreferences/mine", wanted(14))
    assert (status, changed["quotaConfig"]["preferredValue"]) == (200, "14")
    assert quotas.refused("PATCH", "quotaPreferences/nobody", wanted(9))[:2] == (404, "NOT_FOUND")
    west = wanted(9, dimensions={"region": "us-west1"})
    assert quotas.ask("PATCH", "quotaPreferences/west", west, allowMissing="true")[0] == 200
    names = [one["name"].rpartition("/")[2] for one in quotas.ask("GET", "quotaPreferences")[1]["quotaPreferences"]]
    assert names == ["mine", "west"]
    assert quotas.refused("PATCH", "quotaPreferences/west", wanted(9))[:2] == (400, "INVALID_ARGUMENT")
    assert quotas.refused("PATCH", "quotaPreferences/west", {**west, "etag": "old"})[:2] == (409, "ABORTED")
    assert (
        quotas.ask(
            "PATCH", "quotaPreferences/west", {**west, "quotaConfig": {"preferredValue": 99}}, validateOnly="true"
        )[0]
        == 200
    )
    assert quotas.ask("GET", "quotaPreferences/west")[1]["quotaConfig"]["preferredValue"] == "9"


def test_all_regions_at_once_and_the_project_as_a_whole(quotas: QuotasApi, api: Api) -> None:
    quotas.create(wanted(11, dimensions={}))
    quotas.create(wanted(32, "GPUS-ALL-REGIONS-per-project", {}))
    regional = {one["metric"]: one["limit"] for one in api.get("/regions/europe-west4")["quotas"]}
    whole = {one["metric"]: one["limit"] for one in api.get("")["quotas"]}
    assert (regional["NVIDIA_T4_GPUS"], whole["GPUS_ALL_REGIONS"]) == (11, 32)


def test_decreases_are_checked_unless_told_otherwise(quotas: QuotasApi, api: Api) -> None:
    api.insert(instance())
    status, word, message = quotas.refused("POST", "quotaPreferences", wanted(0))
    assert (status, word) == (400, "FAILED_PRECONDITION")
    assert "decreases effective quota unsafely. New effective limit 0 decreases current effective limit 8" in message
    fast = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
    assert "below current usage" in quotas.refused("POST", "quotaPreferences", wanted(0), ignoreSafetyChecks=fast)[2]
    both = [fast, "QUOTA_DECREASE_BELOW_USAGE"]
    less = {name: one for name, one in wanted(0).items() if name != "contactEmail"}
    config = quotas.settled(quotas.create(less, ignoreSafetyChecks=both))["quotaConfig"]
    assert config["grantedValue"] == "0"
    assert not {"traceId", "stateDetail"} & set(config)


@pytest.fixture
def googles_own(quotas: QuotasApi) -> Callable[[], Any]:
    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.cloudquotas_v1 import CloudQuotasClient

    class Somebody(AnonymousCredentials):  # type: ignore[misc]  # google-auth ships no types for it
        def before_request(self, request: Any, method: str, url: str, headers: dict[str, str]) -> None:
            headers["Authorization"] = "Bearer somebody"

    options = ClientOptions(api_endpoint=quotas.endpoint)
    return lambda: CloudQuotasClient(credentials=Somebody(), client_options=options, transport="rest")


def test_googles_own_client_reads_it(quotas: QuotasApi, googles_own: Callable[[], Any]) -> None:
    from google.cloud import cloudquotas_v1 as messages

    client, parent = googles_own(), f"projects/{quotas.project}/locations/global"
    infos = {one.quota_id: one for one in client.list_quota_infos(parent=f"{parent}/services/compute.googleapis.com")}
    assert infos[T4].dimensions_infos[0].details.value == 8
    assert infos[T4].quota_increase_eligibility.is_eligible
    preference = messages.QuotaPreference(
        service="compute.googleapis.com",
        quota_id=T4,
        dimensions=HERE,
        quota_config=messages.QuotaConfig(preferred_value=9),
        contact_email=EMAIL,
    )
    made = client.create_quota_preference(parent=parent, quota_preference=preference, quota_preference_id="mine")
    assert made.reconciling
    name = f"{parent}/quotaPreferences/mine"
    found = eventually(lambda: None if (one := client.get_quota_preference(name=name)).reconciling else one)
    assert found.quota_config.granted_value == 9
    lower = messages.QuotaPreference(preference)
    lower.name, lower.quota_config.preferred_value = name, 1
    request = messages.UpdateQuotaPreferenceRequest(
        quota_preference=lower, ignore_safety_checks=[messages.QuotaSafetyCheck.QUOTA_DECREASE_PERCENTAGE_TOO_HIGH]
    )
    assert client.update_quota_preference(request).name.endswith("/mine")
    assert [one.quota_id for one in client.list_quota_preferences(parent=parent)] == [T4]
