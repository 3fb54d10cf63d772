"""One table says what each refusal is, whatever of it is there: all, only its words, only its code, only its number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cloudgpu.errors import Scope
from cloudgpu.providers.gcp.errors import classify
from tests.providers_gcp.test_errors import ROWS, Row, written

MORE = written("more_refusals.jsonl")
CLEAR = [row for row in (*ROWS, *MORE) if not row["ambiguous"]]
WORDED = [row for row in CLEAR if row["message"]]
KINDS = {
    "stockout",
    "invalid",
    "quota",
    "network",
    "credentials",
    "permission",
    "policy",
    "throttle",
    "transient",
    "billing",
    "eventual",
    "api_disabled",
    "exists",
    "unknown",
}
# a machine that is switched off cannot go elsewhere, which the words do not say
BOUND = {"gcp-stockout-null-start"}


@pytest.mark.parametrize("row", CLEAR, ids=lambda row: row["id"])
def test_every_reported_refusal_has_its_kind(row: Row) -> None:
    verdict = classify(code=row["code"], message=row["message"], status=row["http_status"])
    assert verdict.kind == row["class"]
    assert verdict.elsewhere == (verdict.scope is not Scope.ACCOUNT)
    if row["id"] not in BOUND:
        assert verdict.elsewhere == row["retry_elsewhere"]
    if "retry_same" in row:
        assert verdict.again == row["retry_same"]


@pytest.mark.parametrize("row", WORDED, ids=lambda row: row["id"])
def test_the_words_are_enough(row: Row) -> None:
    assert classify(message=row["message"], status=row["http_status"]).kind == row["class"]
    assert classify(message=row["message"]).kind == row["class"]


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("ZONE_RESOURCE_POOL_EXHAUSTED zoneResourcePoolExhausted GCE_STOCKOUT insufficientCapacity", "stockout"),
        ("VM_MIN_COUNT_NOT_REACHED configuration_availability", "stockout"),
        ("quotaExceeded QUOTA_EXCEEDED quota_exceeded", "quota"),
        ("rateLimitExceeded RATE_LIMIT_EXCEEDED RESOURCE_OPERATION_RATE_EXCEEDED 429 RESOURCE_EXHAUSTED 8", "throttle"),
        ("accessNotConfigured SERVICE_DISABLED", "api_disabled"),
        ("BILLING_DISABLED UREQ_PROJECT_BILLING_NOT_FOUND", "billing"),
        ("invalid_grant UNAUTHENTICATED ACCESS_TOKEN_EXPIRED authError 401 16 DefaultCredentialsError", "credentials"),
        ("forbidden PERMISSION_DENIED PermissionDenied IAM_PERMISSION_DENIED 403 7", "permission"),
        ("SECURITY_POLICY_VIOLATED LOCATION_POLICY_VIOLATED", "policy"),
        ("resourceNotReady RESOURCE_IN_USE_BY_ANOTHER_RESOURCE conditionNotMet CONDITION_NOT_MET 412", "eventual"),
        ("alreadyExists RESOURCE_ALREADY_EXISTS ALREADY_EXISTS 409 6", "exists"),
        ("IP_SPACE_EXHAUSTED IP_SPACE_EXHAUSTED_WITH_DETAILS NETWORK_NOT_FOUND", "network"),
        ("invalid badRequest INVALID_ARGUMENT MACHINE_TYPE_UNSUPPORTED UNSUPPORTED_OPERATION 400 3", "invalid"),
        ("backendError INTERNAL_ERROR internalError UNAVAILABLE 500 502 503 504 14 13 TransportError", "transient"),
        ("notFound RESOURCE_NOT_FOUND NOT_FOUND 404 5", "invalid"),
        ("HAL_9000", "unknown"),
    ],
)
def test_the_code_alone_has_a_kind_in_every_spelling(codes: str, kind: str) -> None:
    for code in codes.split():
        assert classify(code=code).kind == kind, code
        assert classify(code=code, message="", status=None).kind == kind, code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid"),
        (401, "credentials"),
        ("403", "permission"),
        ("403 Forbidden", "permission"),
        (404, "invalid"),
        (409, "exists"),
        (412, "eventual"),
        (429, "throttle"),
        ("HTTP 503", "transient"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_the_number_alone_is_a_sensible_guess(status: int | str | None, kind: str) -> None:
    assert classify(status=status).kind == kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'x'", "throttle"),
        ("Quota exceeded for quota metric 'TPU v2 cores' and limit 'TPU v2 cores per project per zone'", "quota"),
        ("Quota 'IN_USE_ADDRESSES' exceeded. Limit: 8.0 in region europe-west4.", "quota"),
        ("The service is currently unavailable.", "transient"),
        ("A g2-standard-4 VM instance is currently unavailable in the us-east4-a zone.", "stockout"),
        ("oauth2: cannot fetch token: 400 Bad Request", "credentials"),
        ("oauth2: cannot fetch token: 503 Service Unavailable", "transient"),
        ("Cloud Quotas API has not been used in project 764086051850 before or it is disabled.", "api_disabled"),
        ("Project p has billing disabled, reason: forbidden", "billing"),
        ("googleapi: Error 403: Constraint constraints/compute.requireOsLogin violated, forbidden", "policy"),
        ("The resource 'projects/p/zones/z/instances/i' was not found", "invalid"),
        ("The resource 'projects/p/global/images/family/gone' was not found", "invalid"),
        ("The resource 'projects/p/zones/z/disks/d' was not found", "invalid"),
        ("The resource 'projects/p/regions/r/subnetworks/s' was not found", "network"),
        ("Image architecture ARM64 is not compatible with the machine type", "invalid"),
    ],
)
def test_the_same_words_mean_different_things_in_different_places(message: str, kind: str) -> None:
    assert classify(message=message).kind == kind


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        # whose is it that is not found
        (
            403,
            "Permission 'iam.serviceAccounts.actAs' denied on service account x (or it may not exist).",
            "permission",
        ),
        (403, "Project 'x' not found or permission denied.", "permission"),
        (403, "The project does not exist or you do not have permission to access it.", "permission"),
        (404, "The resource 'projects/p/global/firewalls/gone' was not found", "invalid"),
        (400, "Service account demo@p.iam.gserviceaccount.com was not found.", "invalid"),
        (400, "the accelerator v4-128 was not found in zone us-central2-b", "invalid"),
        (400, "Invalid grant: account not found", "credentials"),
        (404, 'Pod secondary range "pods" not found in network "default"', "network"),
        # a permission about billing, policies or an API is a permission
        (403, "Permission 'billing.resourceAssociations.create' denied on resource billingAccounts/0-0", "permission"),
        (403, "The caller does not have permission to access billing account 0-0", "permission"),
        (403, "Permission 'orgpolicy.policies.create' denied on resource 'projects/p'", "permission"),
        (403, "Permission denied to enable service [compute.googleapis.com]", "permission"),
        (403, "Permission 'cloudquotas.quotas.update' denied on resource 'projects/p'", "permission"),
        # the word quota is in every 429
        (429, "Resource has been exhausted (e.g. check quota).", "throttle"),
        (
            429,
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'. To request a quota increase",
            "throttle",
        ),
        (429, "Quota limit 'StandardInstancesPerProjectPerRegion' has been exceeded. Limit: 0", "quota"),
        (400, "Quota violated: CpuAllocPerProjectRegion requested: 60000 allowed: 20000", "quota"),
        (409, "Insufficient 'CPUS' quota. Requested 4, available 0", "quota"),
        # 409 and 412 say nothing by themselves
        (409, "Operation already in progress for this resource", "eventual"),
        (409, "There were concurrent policy changes. Please retry the whole read-modify-write.", "eventual"),
        (400, "the resource is locked by another operation", "eventual"),
        (412, "Supplied fingerprint does not match current metadata fingerprint.", "eventual"),
        (412, "Operation denied by org policy: [constraints/gcp.restrictServiceUsage]", "policy"),
        # a network in a sentence about something else
        (None, "dial tcp: lookup compute.googleapis.com: network is unreachable", "transient"),
        (503, "Error creating Network: googleapi: Error 503: Backend Error, backendError", "transient"),
        (
            403,
            "Error creating Network: Error 403: Required 'compute.networks.create' permission for 'projects/p'",
            "permission",
        ),
        (409, "The resource 'projects/p/global/networks/n' already exists", "exists"),
        (403, "Quota 'NETWORKS' exceeded.  Limit: 5.0 globally.", "quota"),
        (400, "The network resource 'networks/n' is already being used by 'firewalls/f'", "eventual"),
        (400, "Invalid value for field 'resource.networkInterfaces[0].nicType': 'IDPF'.", "invalid"),
        # preempted is not preemptible
        (None, "Instance failed to start due to preemption.", "stockout"),
        (400, "Preemptible instances must have automaticRestart false", "invalid"),
        (None, "Specified reservation 'r' does not have available resources for the request.", "stockout"),
    ],
)
def test_a_word_in_passing_decides_nothing(status: int | None, message: str, kind: str) -> None:
    assert classify(message=message, status=status).kind == kind
    assert classify(message=message).kind == kind


def test_the_refusal_reaches_as_far_as_it_says() -> None:
    assert classify(code="ZONE_RESOURCE_POOL_EXHAUSTED").scope is Scope.ZONE
    assert classify(code="configuration_availability").scope is Scope.OFFER
    assert not classify(code="configuration_availability").again
    assert classify(message="Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 0.0 in region us-east4.").scope is Scope.REGION
    assert classify(message="Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.").scope is Scope.ACCOUNT
    assert classify(message="Quota 'FIREWALLS' exceeded.  Limit: 100.0").scope is Scope.ACCOUNT
    assert classify(message="violates constraint constraints/gcp.resourceLocations").scope is Scope.REGION


@given(some.text(), some.text(), some.one_of(some.none(), some.integers(), some.text()))
def test_no_text_is_too_much(code: str, message: str, status: int | str | None) -> None:
    assert classify(code=code, message=message, status=status).kind in KINDS


@given(some.sampled_from(WORDED), some.sampled_from(("\n  ", "\\n", " ")), some.booleans())
def test_wrapping_and_escaping_change_nothing(row: Row, gap: str, quoted: bool) -> None:
    wrapped = row["message"].replace(" ", gap)
    text = f"Error running apply: {wrapped}" if not row["message"].startswith("File ") else wrapped
    assert classify(message=text.replace("'", "\\'") if quoted else text).kind == row["class"]
