"""Google's words, as people reported them, become our errors; the fixture keeps the classes of its collectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest
import requests
from google.api_core.exceptions import RetryError, format_http_response_error
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from cloudgpu.errors import (
    AuthError,
    CapacityError,
    CloudgpuError,
    NetworkError,
    NoRouteError,
    NotFoundError,
    OutcomeUnknown,
    PermissionError_,
    PolicyError,
    ProviderError,
    QuotaError,
    Scope,
    ThrottledError,
    UnsupportedError,
)
from cloudgpu.providers.gcp.errors import gcp_errors, operation_error, translated
from cloudgpu.providers.gcp.sdk import Operation

Row = TypedDict(
    "Row",
    {
        "id": str,
        "operation": str,
        "http_status": int | None,
        "code": str,
        "message": str,
        "class": str,
        "retry_elsewhere": bool,
        "retry_same": bool,
        "ambiguous": bool,
    },
)


def written(name: str) -> list[Row]:
    """The rows of a file of refusals."""
    return [json.loads(line) for line in Path(__file__).with_name(name).read_text("utf-8").splitlines()]


ROWS = written("google_refusals.jsonl")
OURS: dict[str, type[CloudgpuError]] = {
    "api_disabled": PermissionError_,
    "billing": PermissionError_,
    "credentials": AuthError,
    "eventual": ProviderError,
    "exists": ProviderError,
    "invalid": ProviderError,
    "network": NetworkError,
    "permission": PermissionError_,
    "policy": PolicyError,
    "quota": QuotaError,
    "stockout": CapacityError,
    "throttle": ThrottledError,
    "transient": OutcomeUnknown,
}
EXCEPTIONS: dict[str, type[CloudgpuError]] = {
    # never here, but perhaps in the next zone
    "gcp-invalid-accel-400": UnsupportedError,
    "gcp-invalid-accel-mtype-pair": UnsupportedError,
    # full here, and another region has a network range of its own
    "gcp-net-ipspace-details": CapacityError,
    "gcp-net-ipspace-igm": CapacityError,
    # the token could not be had, so nothing was asked of Compute Engine
    "gcp-transient-token-502": NoRouteError,
}


def http(status: int, reason: str, message: str, details: object = ()) -> Exception:
    """The exception that the SDK makes of such an answer."""
    response = requests.Response()
    response.status_code = status
    errors = [{"message": message, "domain": "global", "reason": reason}] if reason else []
    payload = {"error": {"code": status, "message": message, "errors": errors, "details": details}}
    made: Exception = format_http_response_error(response, "POST", "https://compute.example/insert", payload)
    return made


def ended(code: str, message: str, status: int = 0, text: str = "", **more: object) -> Operation:
    """An operation that is done and failed."""
    errors = [{"code": code, "message": message, **more}] if code or message else []
    return Operation({"error": {"errors": errors}, "http_error_status_code": status, "http_error_message": text})


def ours(row: Row) -> CloudgpuError:
    """The row's error, by the surface on which it was seen."""
    status = row["http_status"] or 0
    if row["code"] == "DefaultCredentialsError":
        return translated(DefaultCredentialsError(row["message"]), "p")
    if row["operation"].startswith("oauth2"):
        return translated(RefreshError(row["message"], {"error": row["code"]}), "p")
    if "operation" in row["operation"] or (row["code"].isupper() and "POOL" in row["code"]):
        bare = row["message"] == "503 SERVICE UNAVAILABLE"
        failed = ended("", "", 503, "SERVICE UNAVAILABLE") if bare else ended(row["code"], row["message"], status)
        return operation_error(failed, "p", "us-central1-a")
    return translated(http(status or 400, row["code"], row["message"]), "p", "us-central1-a")


def expected(row: Row) -> type[CloudgpuError]:
    return EXCEPTIONS.get(row["id"], OURS[row["class"]])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_reported_refusal_has_its_class(row: Row) -> None:
    error = ours(row)
    assert type(error) is expected(row)
    assert error.brief
    assert "{" not in error.brief + error.remedy
    assert error.remedy
    assert row["code"] in ("", error.code, "8")
    assert row["message"] in error.details or error.details == "SERVICE UNAVAILABLE"


@pytest.mark.parametrize("row", [row for row in ROWS if expected(row) is QuotaError], ids=lambda row: row["id"])
def test_a_quota_says_whether_another_region_may_help(row: Row) -> None:
    error = ours(row)
    assert isinstance(error, QuotaError)
    assert (error.region is not None) == row["retry_elsewhere"]


def test_a_global_quota_is_global_and_a_regional_one_names_its_region() -> None:
    globally = operation_error(
        ended("QUOTA_EXCEEDED", "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally."), "p", "us-west1-b"
    )
    assert isinstance(globally, QuotaError)
    assert (globally.region, "GPUS_ALL_REGIONS" in globally.brief) == (None, True)
    message = "Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 0.0 in region us-east4."
    regional = translated(http(403, "quotaExceeded", message), "p", "us-east4-a")
    assert isinstance(regional, QuotaError)
    assert (regional.region, regional.code, regional.details) == ("us-east4", "quotaExceeded", message)
    family = operation_error(ended("QUOTA_EXCEEDED", "Quota 'GPUS_PER_GPU_FAMILY' exceeded"), "p", "us-south1-ai1b")
    assert isinstance(family, QuotaError)
    assert family.region == "us-south1"


POOL = "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"


def detailed(reason: str, zones: str) -> Operation:
    """As in kubernetes/k8s.io#9834."""
    return ended(
        POOL,
        "The zone 'projects/p/zones/us-central1-b' does not have enough resources available to fulfill the request.",
        status=503,
        text="SERVICE UNAVAILABLE",
        error_details=[
            {"help_": {"links": [{"description": "Troubleshooting", "url": "https://cloud.google.com/compute"}]}},
            {"localized_message": {"locale": "en-US", "message": "A n1-standard-4 VM is currently unavailable."}},
            {
                "error_info": {
                    "domain": "compute.googleapis.com",
                    "reason": reason,
                    "metadatas": {"zone": "us-central1-b", "zonesAvailable": zones},
                }
            },
        ],
    )


def test_a_stockout_names_the_zones_that_have_it() -> None:
    error = operation_error(detailed("resource_availability", "us-central1-a,us-central1-f"), "p", "us-central1-b")
    assert type(error) is CapacityError
    assert error.scope is Scope.ZONE
    assert error.elsewhere == ("us-central1-a", "us-central1-f")
    assert error.code == POOL
    assert "us-central1-b" in error.brief
    none = operation_error(detailed("resource_availability", ""), "p", "us-central1-b")
    assert isinstance(none, CapacityError)
    assert none.elsewhere == ()


def test_the_zones_are_found_in_the_prose_too() -> None:
    (row,) = [row for row in ROWS if row["id"] == "gcp-stockout-t4-localized"]
    error = ours(row)
    assert isinstance(error, CapacityError)
    assert error.elsewhere == ("us-central1-a", "us-central1-f")
    assert error.brief == "us-central1-b is out of stock: n1-standard-4 with 1 nvidia-tesla-t4."


def test_a_machine_that_the_zone_never_has_is_unsupported() -> None:
    never = operation_error(detailed("configuration_availability", ""), "p")
    assert (type(never), never.scope) == (UnsupportedError, Scope.OFFER)  # type: ignore[attr-defined]  # it has one
    missing = "The resource 'projects/p/zones/us-west1-c/acceleratorTypes/nvidia-l4' was not found"
    error = translated(http(404, "notFound", missing), "p", "us-west1-c")
    assert type(error) is UnsupportedError
    assert error.brief == "us-west1-c does not have this machine."


@pytest.mark.parametrize(
    ("status", "reason", "message", "kind", "remedy"),
    [
        (404, "notFound", "The resource 'projects/nope' was not found", AuthError, "--project"),
        (404, "notFound", "The resource 'projects/p/zones/z/instances/i' was not found", NotFoundError, "ps"),
        (
            404,
            "notFound",
            "The resource 'projects/p/global/networks/default' was not found",
            NetworkError,
            "gcloud compute networks create default --subnet-mode=auto --project p",
        ),
        (
            400,
            "badRequest",
            'Project "p" has no network named "prod".',
            NetworkError,
            "networks create prod --subnet-mode",
        ),
        (400, "badRequest", 'Network "prod" uses manual subnet mode and requires one.', NetworkError, "--subnet NAME"),
        (
            403,
            "forbidden",
            "Required 'compute.firewalls.create' permission for 'projects/p/global/firewalls/f'",
            PermissionError_,
            "roles/compute.securityAdmin",
        ),
        (401, "authError", "Request had invalid authentication credentials.", AuthError, "gcloud auth"),
        (429, "rateLimitExceeded", "Rate Limit Exceeded", ThrottledError, "minute"),
        (502, "", "<html>Bad Gateway</html>", OutcomeUnknown, "cloudgpu ps"),
        (400, "invalid", "Invalid value for field 'resource.name'", ProviderError, "https://"),
    ],
)
def test_other_answers(status: int, reason: str, message: str, kind: type[CloudgpuError], remedy: str) -> None:
    error = translated(http(status, reason, message), "p")
    assert type(error) is kind
    assert remedy in error.remedy
    assert error.code == (reason or str(status))
    assert error.details == message


def test_the_api_that_is_off_can_be_switched_on_by_pasting() -> None:
    (row,) = [row for row in ROWS if row["id"] == "gcp-api-compute-modern"]
    assert ours(row).remedy == "gcloud services enable compute.googleapis.com --project 123456789012"


def test_an_error_info_counts_where_there_is_no_reason() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "x"}
    error = translated(http(403, "", "off", [info]), "p")
    assert (type(error), error.code) == (PermissionError_, "SERVICE_DISABLED")


def unreached() -> requests.ConnectionError:
    cause = NewConnectionError(None, "refused")  # type: ignore[arg-type]  # the connection is for its message only
    return requests.ConnectionError(MaxRetryError(None, "/", cause))  # type: ignore[arg-type]  # likewise


def test_a_request_that_was_never_sent_is_told_from_one_without_an_answer() -> None:
    aborted = requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))
    for error, kind in (
        (unreached(), NoRouteError),
        (requests.exceptions.ProxyError("no proxy"), NoRouteError),
        (requests.exceptions.SSLError("no certificate"), NoRouteError),
        (requests.exceptions.InvalidURL("http://"), NoRouteError),
        (TransportError("no token service"), NoRouteError),
        (RefreshError("try later", retryable=True), NoRouteError),
        (aborted, OutcomeUnknown),
        (requests.exceptions.ReadTimeout("30 s"), OutcomeUnknown),
        (RetryError("a minute", cause=aborted), OutcomeUnknown),
    ):
        assert type(translated(error, "p")) is kind, error


def test_the_door_lets_our_own_and_bugs_through() -> None:
    with pytest.raises(NoRouteError), gcp_errors("p"):
        raise unreached()
    with pytest.raises(ZeroDivisionError), gcp_errors("p"):
        _ = 1 / 0
