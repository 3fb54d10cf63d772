"""What the embedded Cloud Quotas API does not take, and from whom."""

from __future__ import annotations

import pytest
import requests

from cloudgpu.rehearsal.gce.settings import project_number
from tests.rehearsal_gce.asking import Json
from tests.rehearsal_gce.conftest import Emulator
from tests.rehearsal_gce.quotas_api import T4, QuotasApi, wanted

WRONG: list[tuple[Json, Json, str]] = [
    (wanted(colour="red"), {}, "Unknown name \"colour\" at 'quota_preference': Cannot find field."),
    (wanted(quotaConfig={"preferredValue": 1, "x": 2}), {}, "Unknown name \"x\" at 'quota_preference.quota_config'"),
    (wanted("many"), {}, "Invalid value at 'quota_preference.quota_config.preferred_value' (TYPE_INT64), \"many\""),
    (wanted(2**63), {}, "(TYPE_INT64)"),
    (wanted(True), {}, "(TYPE_INT64), true"),
    ({**wanted(), "dimensions": ["us-central1"]}, {}, "(TYPE_STRING)"),
    (wanted(justification=7), {}, "Invalid value at 'quota_preference.justification' (TYPE_STRING), 7"),
    (wanted(quotaConfig=3), {}, "QuotaConfig), 3"),
    (wanted(quotaConfig={}), {}, "quota_preference.quota_config.preferred_value is required"),
    ({"quotaId": T4, "quotaConfig": {"preferredValue": 1}}, {}, "quota_preference.service is required"),
    (wanted(), {"quotaPreferenceID": "x"}, "Cannot bind query parameter. Field 'quotaPreferenceID' could not be found"),
    (wanted(), {"ignoreSafetyChecks": "NONE"}, "'ignore_safety_checks[0]' (TYPE_ENUM), \"NONE\""),
    (wanted(), {"quotaPreferenceId": "über"}, "Invalid quota preference id"),
    (wanted(-2), {}, "preferred_value must be greater than or equal to -1"),
    (wanted(contactEmail=""), {}, "contact_email is required"),
    (wanted(dimensions={"region": "mars"}), {}, "Invalid dimension 'region: mars'"),
    (wanted(dimensions={"gpu_family": "NVIDIA_H100"}), {}, "Invalid dimension"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "query", "words"), WRONG, ids=[one[2][:40] for one in WRONG])
def test_what_google_would_not_take(quotas: QuotasApi, body: Json, query: Json, words: str) -> None:
    status, word, message = quotas.refused("POST", "quotaPreferences", body, **query)
    assert (status, word) == (400, "INVALID_ARGUMENT")
    assert words in message


def test_bodies_that_are_none(quotas: QuotasApi) -> None:
    url = f"{quotas.endpoint}/v1/projects/{quotas.project}/locations/global/quotaPreferences"
    for raw in (b"{", b"[]"):
        answer = requests.post(url, data=raw, headers={"Authorization": "Bearer t"}, timeout=10)
        assert answer.status_code == 400
        assert "Invalid JSON payload received" in answer.json()["error"]["message"]
    assert quotas.refused("GET", "quotaPreferences", {"a": 1})[0] == 400
    assert quotas.refused("DELETE", "quotaPreferences/x")[:2] == (404, "NOT_FOUND")
    assert quotas.refused("GET", "quotaPreferences", filter="reconciling=true")[:2] == (400, "INVALID_ARGUMENT")
    assert quotas.refused("PATCH", "quotaPreferences/x", wanted(), updateMask="quotaConfig")[0] == 400


def test_a_quota_that_is_not_there(quotas: QuotasApi, emulator: Emulator) -> None:
    said = "Limit 'NVIDIA-H100-GPUS-per-project-region' does not exist or is not visible in the service"
    path = "services/compute.googleapis.com/quotaInfos/NVIDIA-H100-GPUS-per-project-region"
    assert said in quotas.refused("GET", path)[2]
    assert said in quotas.refused("POST", "quotaPreferences", wanted(1, "NVIDIA-H100-GPUS-per-project-region"))[2]
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": None}})
    assert quotas.refused("GET", f"services/compute.googleapis.com/quotaInfos/{T4}")[:2] == (404, "NOT_FOUND")


def test_who_may_not(quotas: QuotasApi, emulator: Emulator) -> None:
    assert quotas.refused("GET", "quotaPreferences", token="")[:2] == (401, "UNAUTHENTICATED")
    assert QuotasApi(quotas.endpoint, "nobody").refused("GET", "quotaPreferences") == (
        403, "PERMISSION_DENIED", "Permission denied on resource project nobody.",
    )  # fmt: skip
    emulator.app.configure({"projects": {quotas.project: {"denied": ["cloudquotas.quotas.update"]}}})
    assert quotas.ask("GET", "quotaPreferences")[0] == 200
    status, word, message = quotas.refused("POST", "quotaPreferences", wanted())
    assert (status, word) == (403, "PERMISSION_DENIED")
    assert "Permission 'cloudquotas.quotas.update' denied" in message
    emulator.app.configure({"projects": {quotas.project: {"cloudquotas_api": False}}})
    status, answer = quotas.ask("GET", f"services/compute.googleapis.com/quotaInfos/{T4}")
    assert (status, answer["error"]["details"][0]["reason"]) == (403, "SERVICE_DISABLED")
    assert "apis/api/cloudquotas.googleapis.com/overview?project=" in answer["error"]["message"]


def test_the_projects_number_will_do(quotas: QuotasApi) -> None:
    quotas.create(wanted(), "mine")
    by_number = QuotasApi(quotas.endpoint, project_number(quotas.project))
    assert by_number.ask("GET", "quotaPreferences/mine")[0] == 200


def test_faults_befall_it_too(quotas: QuotasApi, emulator: Emulator) -> None:
    def fault(effect: str, **more: object) -> None:
        operation = "cloudquotas.projects.locations.quotaPreferences.list"
        emulator.world.faults.add({"cloud": "gcp", "operation": operation, "effect": effect, **more})

    fault("error", code="backendError", http_status=503, surface="http")
    assert quotas.refused("GET", "quotaPreferences")[:2] == (503, "UNAVAILABLE")
    fault("delay", seconds=0.01)
    assert quotas.ask("GET", "quotaPreferences")[0] == 200
    for effect in ("reset", "lost_response"):
        fault(effect)
        with pytest.raises(requests.ConnectionError):
            quotas.ask("GET", "quotaPreferences")


@pytest.mark.parametrize(
    "wrong",
    ["often", 3, {"partly": -1}, {"partly": "2"}, {"ineligible": "BORED"}, {"partly": 1, "ineligible": "OTHER"}],
)
def test_moods_that_there_are_none_of(emulator: Emulator, wrong: object) -> None:
    with pytest.raises(ValueError, match="quota_requests takes grant, refuse, pending, partly"):
        emulator.app.configure({"quota_requests": wrong})
    assert emulator.app.configure({})["quota_requests"] == "grant"
