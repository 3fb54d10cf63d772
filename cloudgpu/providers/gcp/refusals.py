"""What Google's refusals mean: one table from code and words to a class of error. Knows no SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudgpu.errors import (
    AuthError,
    CapacityError,
    CloudgpuError,
    NoRouteError,
    NotFoundError,
    OutcomeUnknown,
    PermissionError_,
    ProviderError,
    QuotaError,
    ThrottledError,
    UnsupportedError,
)

NOT_READY = frozenset(
    ("resourceNotReady", "RESOURCE_NOT_READY", "resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE")
)
EXISTS = frozenset(("alreadyExists", "RESOURCE_ALREADY_EXISTS"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Google's own words. `codes`: the most telling first, the HTTP status among them as text. `settled`: an operation
    ended with it, so it is certain that nothing was made."""

    message: str
    codes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal with one of these `codes`, or with these `words` in it, is an error of this kind."""

    kind: type[CloudgpuError]
    codes: str
    words: str
    brief: str
    remedy: str
    settled: bool = False

    def fits(self, refusal: Refusal) -> bool:
        if self.settled and not refusal.settled:
            return False
        by_code = not set(self.codes.split()).isdisjoint(refusal.codes)
        return by_code or bool(self.words and re.search(self.words, refusal.message))


_LOGIN = "gcloud auth application-default login"
_DOCS = "https://cloud.google.com/compute/docs/resource-error"
_QUOTAS = "Ask for more: https://console.cloud.google.com/iam-admin/quotas?project={project}"
_ELSEWHERE = "Try another --zone or --region, another --gpu, or later: " + _DOCS

RULES = (
    Rule(
        PermissionError_,
        "accessNotConfigured SERVICE_DISABLED",
        r"API has not been used in project|Access Not Configured",
        "The API {service} is switched off in project {owner}.",
        "gcloud services enable {service} --project {owner}",
    ),
    Rule(
        PermissionError_,
        "BILLING_DISABLED",
        r"requires billing|billing disabled|billing account",
        "Project {project} has no billing account that works.",
        "https://console.cloud.google.com/billing/linkedaccount?project={project}",
    ),
    Rule(
        AuthError,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT invalid_scope",
        r"insufficient authentication scopes",
        "The credentials do not reach as far as Google Cloud: their scopes are too narrow.",
        _LOGIN + " --scopes=https://www.googleapis.com/auth/cloud-platform",
    ),
    Rule(
        AuthError,
        "",
        r"Invalid JWT.*reasonable timeframe",
        "Google does not accept the credentials because the clock of this computer is wrong.",
        "sudo timedatectl set-ntp true",
    ),
    Rule(
        NoRouteError,
        "TransportError",
        r"cannot fetch token",
        "Google's sign-in service cannot be reached.",
        "Try again, and look at the proxy settings: curl -I https://oauth2.googleapis.com",
    ),
    Rule(
        AuthError,
        "DefaultCredentialsError RefreshError invalid_grant invalid_client unauthorized_client authError "
        "UNAUTHENTICATED CREDENTIALS_MISSING ACCESS_TOKEN_EXPIRED 401 sign-in",
        r"determine credentials|default credentials",
        "Google does not accept the credentials.",
        _LOGIN,
    ),
    Rule(
        AuthError,
        "CONSUMER_INVALID USER_PROJECT_DENIED",
        r"The resource 'projects/[^/']+' was not found|Failed to find project|[Uu]nknown project",
        "There is no project {project}, or not for these credentials.",
        "cloudgpu launch --project PROJECT  (gcloud projects list shows yours)",
    ),
    Rule(
        PermissionError_,
        "",
        r"[Cc]onstraints?/[\w.]+|organization policy",
        "A policy of the organisation forbids this: {constraint}.",
        "Ask who runs the organisation: https://console.cloud.google.com/iam-admin/orgpolicies?project={project}",
    ),
    Rule(
        UnsupportedError,
        "configuration_availability MACHINE_TYPE_UNSUPPORTED",
        r"(acceleratorTypes|machineTypes)/\S+ was not found|does not exist in zone|features are not compatible"
        r"|referenced subnetwork resource cannot be found",
        "{zone} does not have this machine.",
        _ELSEWHERE,
    ),
    Rule(
        CapacityError,
        "ZONE_RESOURCE_POOL_EXHAUSTED ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS REGION_RESOURCE_POOL_EXHAUSTED "
        "RESOURCE_POOL_EXHAUSTED ResourcePoolExhausted GPU_STOCKOUT VM_MIN_COUNT_NOT_REACHED insufficientCapacity "
        "resource_availability",
        r"not (have )?enough resources|STOCKOUT|is currently unavailable in|no more capacity"
        r"|[Ii]nsufficient reserved capacity",
        "{zone} is out of stock.",
        _ELSEWHERE,
    ),
    Rule(
        CapacityError,
        "IP_SPACE_EXHAUSTED IP_SPACE_EXHAUSTED_WITH_DETAILS",
        "",
        "The network has no free address in {region}.",
        _ELSEWHERE,
    ),
    Rule(
        ThrottledError,
        "rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED RESOURCE_OPERATION_RATE_EXCEEDED",
        r"Quota exceeded for quota metric|Operation rate exceeded|Rate Limit Exceeded",
        "Google was asked too often.",
        "Try again in a minute.",
    ),
    Rule(
        QuotaError,
        "quotaExceeded QUOTA_EXCEEDED",
        r"Quota '[\w-]+' exceeded|Quota limit '|exceed quota limits|nsufficient regional quota",
        "The quota {metric} of project {project} {limit}does not allow this.",
        _QUOTAS,
    ),
    Rule(ThrottledError, "429", "", "Google was asked too often.", "Try again in a minute."),
    Rule(
        ProviderError,
        "",
        r"[Ss]ervice account .* does not exist|'serviceAccount' was not found",
        "The service account is gone.",
        "https://console.cloud.google.com/iam-admin/serviceaccounts?project={project}",
    ),
    Rule(
        PermissionError_,
        "forbidden IAM_PERMISSION_DENIED PERMISSION_DENIED 403",
        r"Required '[\w.]+' permission|does not have access to service account",
        "These credentials may not do this in project {project}: {permission}.",
        "gcloud projects add-iam-policy-binding {project} --member=user:YOU@EXAMPLE.COM --role=roles/{role}",
    ),
    Rule(
        ProviderError,
        "",
        r"(referenced network resource cannot be found|networks/[\w-]+' was not found|custom subnetmode network)",
        "Project {project} has no network 'default' to put the machine in.",
        "gcloud compute networks create default --subnet-mode=auto --project {project}",
    ),
    Rule(
        ProviderError,
        "",
        r"(images|imageFamilyViews)/\S+ was not found",
        "The machine image is no longer there.",
        "pip install --upgrade cloudgpu",
    ),
    Rule(
        ProviderError,
        " ".join((*EXISTS, "409")),
        r"already exists",
        "The name is taken already.",
        "cloudgpu ps --refresh",
    ),
    Rule(
        ProviderError,
        " ".join(NOT_READY),
        r"' is not ready",
        "Something that this needs is not ready yet.",
        "Try again in a minute.",
    ),
    Rule(
        CapacityError,
        "INTERNAL_ERROR internalError backendError 500 502 503 504",
        r"SERVICE UNAVAILABLE|[Ii]nternal error",
        "{zone} failed to carry this out.",
        _ELSEWHERE,
        settled=True,
    ),
    Rule(
        OutcomeUnknown,
        "INTERNAL_ERROR internalError internal_failure backendError UNAVAILABLE 500 502 503 504",
        r"Backend Error|[Ii]nternal error|reset by peer",
        "Google did not say whether it did what it was asked for.",
        "cloudgpu ps --refresh",
    ),
    Rule(NotFoundError, "notFound 404", "", "There is no such thing in project {project}.", "cloudgpu ps --refresh"),
)
OTHERWISE = Rule(ProviderError, "", "", "Google refused the request.", _DOCS)
