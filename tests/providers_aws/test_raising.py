"""Asking AWS for a higher limit, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import OutcomeUnknown, PermissionError_, ProviderError
from cloudgpu.model import Origin, Quota
from cloudgpu.protocols import CanRaiseQuota
from cloudgpu.providers.aws import raising
from cloudgpu.providers.aws.provider import Aws
from tests.providers_aws.cloud import Cloud
from tests.providers_aws.test_quotas import B200, T4, G

FILE = "RequestServiceQuotaIncrease"
ME = "ann@example.com"


@pytest.fixture
def account(aws: Aws, cloud: Cloud) -> Iterator[Aws]:
    yield Aws(Origin("aws"))
    cloud.configure(quotas=None, quota_requests=None, permissions=None)


def limit(account: Aws, region: str) -> Quota:
    """Each test has a region of its own: what was asked for is kept."""
    (quota,) = account.quotas(replace(T4, region=region, zone=f"{region}a"))
    return quota


@pytest.mark.parametrize(
    ("region", "mood", "state", "granted", "words"),
    [
        ("eu-west-1", "grant", "granted", 72, ""),
        ("eu-west-2", "refuse", "refused", 64, "AWS: DENIED. https://eu-west-2.console.aws.amazon.com/servicequotas"),
        ("eu-west-3", "case", "pending", 64, "support/home#/case/?displayId=17"),
        ("eu-north-1", {"partly": 68}, "partly granted", 68, "Support case 17"),
        ("eu-central-1", {"partly": 99}, "granted", 72, "Support case 17"),
        ("sa-east-1", {"partly": 0}, "refused", 64, "AWS: CASE_CLOSED. Support case 17"),
    ],
)
def test_what_becomes_of_a_request(
    account: Aws, cloud: Cloud, region: str, mood: object, state: str, granted: float, words: str
) -> None:
    cloud.configure(quota_requests=mood)
    assert isinstance(account, CanRaiseQuota)
    quota = limit(account, region)
    answer = account.raise_quota(quota, 72, contact=ME)
    assert (answer.name, answer.scope, answer.asked) == (quota.name, region, 72)
    assert (answer.state, answer.granted) == (state, granted)
    assert words in answer.detail
    assert limit(account, region).limit == granted


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raising, "_WITHIN", 0.3)


@pytest.mark.usefixtures("hasty")
def test_an_open_request_is_shown_in_place_of_another(account: Aws, cloud: Cloud) -> None:
    cloud.configure(quota_requests="pending")
    quota = limit(account, "ap-south-1")
    first = account.raise_quota(quota, 72, contact=ME)
    assert (first.asked, first.state, first.granted) == (72, "pending", 64)
    assert first.detail == "https://ap-south-1.console.aws.amazon.com/servicequotas/home/requests"
    again = account.raise_quota(quota, 72, contact=ME)
    more = account.raise_quota(quota, 100, contact=ME)
    assert (again.asked, again.state, more.asked, more.state) == (72, "pending", 72, "pending")
    assert "for 72 is still open. https" in again.detail
    assert "for 72 is still open, so 100 was not asked for. https" in more.detail


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_a_lost_answer_is_no_lost_request(account: Aws, cloud: Cloud, effect: str) -> None:
    region = {"lost_response": "ap-northeast-1", "reset": "ap-northeast-2"}[effect]
    cloud.configure(quota_requests="pending")
    cloud.fault(FILE, effect)
    answer = account.raise_quota(limit(account, region), 72, contact=ME)
    assert (answer.asked, answer.state) == (72, "pending")


def test_an_outcome_that_stays_unknown_is_an_error(account: Aws, cloud: Cloud) -> None:
    cloud.fault(FILE, code="ServiceException", message="Something went wrong.", http_status=500, times=-1)
    with pytest.raises(OutcomeUnknown):
        account.raise_quota(limit(account, "us-east-1"), 72, contact=ME)


def test_what_is_there_already_is_not_asked_for(account: Aws, cloud: Cloud) -> None:
    cloud.fault(FILE, code="ServiceException", message="Nobody should ask.", http_status=400, times=-1)
    answer = account.raise_quota(limit(account, "us-east-1"), 64, contact=ME)
    assert (answer.state, answer.granted) == ("granted", 64)


def test_what_nobody_may_see_is_asked_for_all_the_same(account: Aws, cloud: Cloud) -> None:
    cloud.configure(permissions={"denied": ["servicequotas:GetServiceQuota"]})
    quota = limit(account, "us-east-2")
    assert quota.limit is None
    answer = account.raise_quota(quota, 72, contact=ME)
    assert (answer.state, answer.granted, answer.detail) == ("granted", None, "It holds within minutes.")
    low = account.raise_quota(quota, 8, contact=ME)
    assert (low.state, low.granted) == ("refused", None)
    assert "You must provide a quota value greater than the current quota value" in low.detail


@pytest.mark.usefixtures("hasty")
def test_a_filed_request_that_nobody_may_look_at_is_pending(account: Aws, cloud: Cloud) -> None:
    cloud.configure(permissions={"denied": ["servicequotas:GetRequestedServiceQuotaChange"]})
    assert account.raise_quota(limit(account, "us-west-1"), 72, contact=ME).state == "pending"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("QuotaExceededException", "Too many requests"),
        ("InvalidResourceStateException", "just now"),
        ("NoSuchResourceException", "no such limit"),
        ("IllegalArgumentException", "this value"),
    ],
)
def test_what_aws_does_not_take_is_refused(account: Aws, cloud: Cloud, code: str, words: str) -> None:
    cloud.fault(FILE, code=code, message="Its own words.", http_status=400)
    answer = account.raise_quota(limit(account, "us-east-1"), 72, contact=ME)
    assert (answer.state, answer.granted) == ("refused", 64)
    assert words in answer.detail and answer.detail.endswith(" Its own words.")


def test_who_may_not_ask_is_told_what_lacks(account: Aws, cloud: Cloud) -> None:
    action = f"servicequotas:{FILE}"
    cloud.configure(permissions={"denied": [action]})
    with pytest.raises(PermissionError_) as caught:
        account.raise_quota(limit(account, "us-east-1"), 72, contact=ME)
    assert action in caught.value.details


def test_an_open_request_that_nobody_may_see_is_told_in_aws_words(account: Aws, cloud: Cloud) -> None:
    words = "Only one open service quota increase request is allowed per quota."
    cloud.fault(FILE, code="ResourceAlreadyExistsException", message=words, http_status=400)
    with pytest.raises(ProviderError) as caught:
        account.raise_quota(limit(account, "us-east-1"), 72, contact=ME)
    assert caught.value.details == words


def test_a_limit_without_a_code_is_not_asked_for(account: Aws) -> None:
    (quota,) = account.quotas(B200)
    answer = account.raise_quota(quota, 192, contact=ME)
    assert (answer.state, answer.granted) == ("refused", None)
    assert "Service Quotas lists no such limit in us-east-1. https://console.aws.amazon.com/support" in answer.detail


def test_what_was_granted_is_seen_by_the_next_question(account: Aws, cloud: Cloud) -> None:
    cloud.configure(quotas={f"us-west-2/{G}": 0})
    quota = limit(account, "us-west-2")
    assert quota.left == 0
    account.raise_quota(quota, quota.needed, contact=ME)
    assert limit(account, "us-west-2").left == 4
