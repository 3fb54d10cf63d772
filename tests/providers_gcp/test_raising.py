"""Asking for a higher limit, and what becomes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cloudgpu.errors import PermissionError_, ProviderError
from cloudgpu.model import Gpu, Offer
from cloudgpu.protocols import CanRaiseQuota
from cloudgpu.providers.gcp import metrics, raising
from tests.providers_gcp.bed import PROJECT, Bed
from tests.providers_gcp.offering import A100, H100, REGION, OpenAccount, named, offer, questions

FILE = "cloudquotas.projects.locations.quotaPreferences"


@pytest.mark.parametrize(
    ("mood", "state", "granted", "words"),
    [
        ("grant", "granted", 12, "approved to 12"),
        ("refuse", "refused", 8, "Quota request denied"),
        ({"partly": 10}, "partly granted", 10, "approved to 10"),
        ({"ineligible": "NO_VALID_BILLING_ACCOUNT"}, "refused", 8, "free trial"),
        ({"ineligible": "NOT_ENOUGH_USAGE_HISTORY"}, "refused", 8, "too new"),
    ],
)
@pytest.mark.parametrize(
    ("wanted", "part"), [(offer(), "T4"), (replace(H100, gpu=Gpu("H100", 1)), "FAMILY"), (offer(spot=True), "PREEMPT")]
)
def test_what_becomes_of_a_request(
    account: OpenAccount, bed: Bed, mood: object, state: str, granted: float, words: str, wanted: Offer, part: str
) -> None:
    bed.configure({"quota_requests": mood})
    gcp = account()
    assert isinstance(gcp, CanRaiseQuota)
    before = len(bed.asked)
    answer = gcp.raise_quota(named(gcp, wanted, part), 12, contact="ann@example.com")
    assert (answer.name, answer.scope, answer.asked) == (named(gcp, wanted, part).name, REGION, 12)
    assert (answer.state, answer.granted) == (state, granted)
    assert words in answer.detail
    assert named(gcp, wanted, part).limit == granted
    filed = [line for line in bed.asked[before:] if line.startswith(("POST /v1", "PATCH /v1"))]
    assert bool(filed) == ("denied" in words or "approved" in words)


def test_one_that_is_decided_by_a_person_is_pending(
    account: OpenAccount, bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed.configure({"quota_requests": "pending"})
    monkeypatch.setattr(raising, "_WITHIN", 0.3)
    gcp = account()
    answer = gcp.raise_quota(named(gcp, offer(), "ALL_REGIONS"), 20, contact="ann@example.com")
    assert (answer.state, answer.granted, answer.scope) == ("pending", 16, "global")


def test_what_is_there_already_is_not_asked_for(account: OpenAccount, bed: Bed) -> None:
    gcp = account()
    quota = named(gcp, offer(), "T4")
    before = len(bed.asked)
    assert gcp.raise_quota(quota, 8, contact="ann@example.com").state == "granted"
    assert len(questions(bed, before)) == 1


def test_asking_twice_changes_what_was_filed(account: OpenAccount) -> None:
    gcp = account()
    west = offer(region="us-west1")
    first, second = (gcp.raise_quota(named(gcp, west, "T4"), more, contact="ann@example.com") for more in (9, 11))
    assert (first.granted, second.granted) == (9, 11)


def test_somebody_elses_request_for_the_same_is_changed(account: OpenAccount, bed: Bed) -> None:
    east = offer(region="us-east4")
    body = {
        "service": "compute.googleapis.com",
        "quotaId": "NVIDIA-T4-GPUS-per-project-region",
        "dimensions": {"region": "us-east4"},
        "quotaConfig": {"preferredValue": "9"},
        "contactEmail": "bob@example.com",
    }
    made = bed.post_v1("quotaPreferences?quotaPreferenceId=by-the-console", body)
    assert made.ok, made.text
    gcp = account()
    assert gcp.raise_quota(named(gcp, east, "T4"), 10, contact="ann@example.com").granted == 10
    assert json.loads(made.text)["name"].endswith("/by-the-console")


def test_a_lost_answer_to_a_request_is_made_up_for(account: OpenAccount, bed: Bed) -> None:
    bed.fault(f"{FILE}.create", "lost_response")
    gcp = account()
    assert gcp.raise_quota(named(gcp, A100, "A100"), 9, contact="ann@example.com").granted == 9


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ({"cloudquotas_api": False}, "gcloud services enable cloudquotas.googleapis.com"),
        ({"denied": ["cloudquotas.quotas.update"]}, "gcloud projects add-iam-policy-binding"),
    ],
)
def test_who_may_not_ask(account: OpenAccount, bed: Bed, setting: dict[str, object], remedy: str) -> None:
    gcp = account()
    quota = named(gcp, offer(), "T4")
    bed.configure({"projects": {PROJECT: setting}})
    with pytest.raises(PermissionError_) as caught:
        gcp.raise_quota(quota, 99, contact="ann@example.com")
    assert remedy in caught.value.remedy


def test_what_is_refused_otherwise_is_raised(account: OpenAccount, bed: Bed) -> None:
    gcp = account()
    with pytest.raises(ProviderError):
        gcp.raise_quota(named(gcp, offer(), "T4"), 99, contact="")


@pytest.mark.parametrize(
    "fixed", [{"isFixed": True}, {"quotaIncreaseEligibility": {"ineligibilityReason": "NOT_SUPPORTED"}}]
)
def test_a_limit_that_cannot_be_changed(fixed: dict[str, object]) -> None:
    assert "takes no requests" in raising._ineligible(fixed)
    assert raising._ineligible({}) == ""
    assert raising._ineligible({"quotaIncreaseEligibility": {"ineligibilityReason": "BORED"}})


def test_ids_of_our_requests_are_short_and_plain() -> None:
    longest = "PREEMPTIBLE_NVIDIA_RTX_PRO_6000_GPUS"
    for metric in ("GPUS_ALL_REGIONS", "GPUS_PER_GPU_FAMILY/NVIDIA_RTX_PRO_6000", longest):
        id = metrics.preference_id(metric, "northamerica-northeast1")
        assert len(id) <= 63
        assert id.startswith("cloudgpu-")
        assert id.replace("-", "").isalnum()
    assert metrics.preference_id(longest, "us-west1") != metrics.preference_id(longest, "us-west2")
