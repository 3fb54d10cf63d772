"""Requests for higher quotas: what is taken, what is decided, and what holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, wait_for

if TYPE_CHECKING:
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_service_quotas.type_defs import RequestedServiceQuotaChangeTypeDef as Request

G, P = "L-DB2E81BA", "L-417A185B"


def client(bed: Bed, region: str) -> ServiceQuotasClient:
    """Each test has a region of its own: what was asked for is kept."""
    found: ServiceQuotasClient = bed.client("service-quotas", region)
    return found


def ask(quotas: ServiceQuotasClient, code: str, wanted: float, **more: Any) -> Request:
    return quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=wanted, **more)[
        "RequestedQuota"
    ]


def limit(quotas: ServiceQuotasClient, code: str) -> float:
    return quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"]


def settled(quotas: ServiceQuotasClient, request: Request) -> Request:
    def look() -> Request | None:
        seen = quotas.get_requested_service_quota_change(RequestId=request["Id"])["RequestedQuota"]
        return None if seen["Status"] == "PENDING" else seen

    found: Request = wait_for(look)
    return found


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("region", "mood", "more", "status", "holds"),
    [
        ("eu-west-1", "grant", {}, "APPROVED", 100),
        ("eu-west-2", "refuse", {}, "DENIED", 64),
        ("eu-west-3", "case", {}, "CASE_OPENED", 64),
        ("eu-north-1", {"partly": 80}, {}, "CASE_CLOSED", 80),
        ("eu-central-1", {"partly": 8}, {}, "CASE_CLOSED", 64),
        ("sa-east-1", {"partly": 500}, {}, "CASE_CLOSED", 100),
        ("ca-central-1", "case", {"SupportCaseAllowed": False}, "NOT_APPROVED", 64),
    ],
)
def test_what_becomes_of_a_request(
    bed: Bed, region: str, mood: object, more: dict[str, bool], status: str, holds: float
) -> None:
    bed.front.configure({"quota_requests": mood})
    quotas = client(bed, region)
    request = ask(quotas, G, 100, **more)
    assert (request["Status"], request["DesiredValue"], request["QuotaRequestedAtLevel"]) == ("PENDING", 100, "ACCOUNT")
    assert "CaseId" not in request
    seen = settled(quotas, request)
    assert seen["Status"] == status
    assert ("CaseId" in seen) is status.startswith("CASE_")
    assert limit(quotas, G) == holds
    assert limit(client(bed, "us-east-1"), G) == 64


def test_what_was_granted_is_what_a_launch_is_checked_against(bed: Bed) -> None:
    bed.front.configure({"quotas": {G: 0}})
    ec2 = bed.client("ec2", "us-west-1")
    assert refusal(lambda: launch(bed, ec2))[0] == "VcpuLimitExceeded"
    ask(client(bed, "us-west-1"), G, 4)
    made = launch(bed, ec2)
    assert refusal(lambda: launch(bed, ec2))[0] == "VcpuLimitExceeded"
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def test_one_is_open_at_a_time(bed: Bed) -> None:
    bed.front.configure({"quota_requests": "pending"})
    quotas = client(bed, "ap-south-1")
    request = ask(quotas, P, 400)
    assert refusal(lambda: ask(quotas, P, 500)) == (
        "ResourceAlreadyExistsException",
        "Only one open service quota increase request is allowed per quota.",
    )
    assert ask(quotas, G, 400)["Status"] == "PENDING"
    assert ask(client(bed, "ap-southeast-1"), P, 500)["Status"] == "PENDING"
    assert quotas.get_requested_service_quota_change(RequestId=request["Id"])["RequestedQuota"] == request


def test_a_decided_one_makes_room_for_the_next(bed: Bed) -> None:
    bed.front.configure({"quota_requests": "refuse"})
    quotas = client(bed, "ap-northeast-1")
    first, second = (settled(quotas, ask(quotas, G, wanted)) for wanted in (100, 120))
    history = quotas.list_requested_service_quota_change_history_by_quota(ServiceCode="ec2", QuotaCode=G)
    assert [one["Id"] for one in history["RequestedQuotas"]] == [second["Id"], first["Id"]]
    everything = quotas.list_requested_service_quota_change_history(Status="DENIED", MaxResults=1)
    assert [one["Id"] for one in everything["RequestedQuotas"]] == [second["Id"]]
    assert everything["NextToken"]
    assert quotas.list_requested_service_quota_change_history(Status="APPROVED")["RequestedQuotas"] == []


def test_an_increase_has_to_be_one(bed: Bed) -> None:
    quotas = client(bed, "us-east-2")
    begin = "You must provide a quota value greater than the"
    assert refusal(lambda: ask(quotas, G, 64)) == ("IllegalArgumentException", f"{begin} current quota value")
    bed.front.configure({"quotas": {"L-1216C47A": 1}})
    assert refusal(lambda: ask(quotas, "L-1216C47A", 4)) == (
        "IllegalArgumentException",
        f"{begin} default quota value of 5.0",
    )
    assert refusal(lambda: ask(quotas, G, 1e11))[0] == "IllegalArgumentException"
    assert refusal(lambda: ask(quotas, "L-00000000", 4))[0] == "NoSuchResourceException"
    ask_all = quotas.list_requested_service_quota_change_history
    assert refusal(lambda: ask_all(Status="OPEN"))[0] == "IllegalArgumentException"  # type: ignore[arg-type] # no status


def test_who_may_not_ask_is_told_so(bed: Bed) -> None:
    action = "servicequotas:RequestServiceQuotaIncrease"
    bed.front.configure({"permissions": {"denied": [action]}})
    try:
        code, words = refusal(lambda: ask(client(bed, "us-west-2"), G, 100))
    finally:
        bed.front.configure({"permissions": None})
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: {action}" in words


@pytest.mark.parametrize("wrong", ["maybe", {"partly": "8"}, {"partly": -1}, {"partly": 1, "most": 2}, True, 3])
def test_a_mood_that_there_is_not(bed: Bed, wrong: object) -> None:
    with pytest.raises(ValueError, match="quota_requests takes grant, refuse, pending, case, or partly"):
        bed.front.configure({"quota_requests": wrong})
    assert bed.front.configure({})["quota_requests"] == "grant"
    assert bed.front.configure({"quota_requests": {"partly": 8}})["quota_requests"] == {"partly": 8}
