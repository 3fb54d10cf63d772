"""What the errors say to do: policies, networks, quotas, permissions; and how the bodies of refusals are read."""

from __future__ import annotations

import json

import pytest
import requests
from google.api_core.exceptions import from_http_response

from cloudgpu.errors import (
    AuthError,
    NetworkError,
    OutcomeUnknown,
    PermissionError_,
    PolicyError,
    ProviderError,
    QuotaError,
    Scope,
    ThrottledError,
)
from cloudgpu.providers.gcp.answers import of_body
from cloudgpu.providers.gcp.errors import operation_error, translated
from cloudgpu.providers.gcp.explain import explain
from cloudgpu.providers.gcp.policies import KNOWN
from tests.providers_gcp.test_errors import ended, http

ZONE = "us-east4-a"


def violated(constraint: str) -> PolicyError:
    message = f"Constraint constraints/{constraint} violated for project p."
    error = translated(http(412, "conditionNotMet", message), "p", ZONE)
    assert isinstance(error, PolicyError)
    return error


@pytest.mark.parametrize("constraint", KNOWN)
def test_a_policy_is_named_and_says_what_it_means_for_the_launch(constraint: str) -> None:
    error = violated(constraint)
    assert error.brief.startswith(f"The organisation's policy {constraint} forbids this: ")
    assert error.remedy.endswith(f"gcloud resource-manager org-policies describe {constraint} --project p --effective")
    assert "{" not in error.brief + error.remedy
    assert error.exit_code == 5
    assert error.scope is (Scope.REGION if constraint == "gcp.resourceLocations" else Scope.ACCOUNT)


def test_the_advice_fits_the_policy() -> None:
    assert "--network" in violated("compute.skipDefaultNetworkCreation").remedy
    assert "us-east4" in violated("gcp.resourceLocations").brief
    assert "--region" in violated("gcp.resourceLocations").remedy
    assert "ubuntu-os-accelerator-images" in violated("compute.trustedImageProjects").remedy
    assert "external address" in violated("compute.managed.vmExternalIpAccess").brief
    assert "compute.googleapis.com" in violated("gcp.restrictServiceUsage").brief
    assert "custom.noGpu" in violated("custom.noGpu").brief


def test_a_policy_without_a_constraint_still_leads_somewhere() -> None:
    perimeter = translated(http(403, "forbidden", "Prohibited by organization's policy. vpcServiceControls: x"), "p")
    assert isinstance(perimeter, PolicyError)
    assert "service-perimeter?project=p" in perimeter.remedy
    nameless = translated(http(400, "failedPrecondition", "The request has violated one or more Org Policies."), "p")
    assert isinstance(nameless, PolicyError)
    assert "orgpolicies?project=p" in nameless.remedy


@pytest.mark.parametrize(
    ("message", "scope", "remedy"),
    [
        (
            "Invalid value for field 'resource.networkInterfaces[0].network': 'global/networks/vpc1'. "
            "The referenced network resource cannot be found.",
            Scope.ACCOUNT,
            "gcloud compute networks create vpc1 --subnet-mode=auto --project p",
        ),
        (
            "Invalid value for field 'resource.networkInterfaces[0]': ''. "
            "Subnetwork should be specified for custom subnetmode network",
            Scope.ACCOUNT,
            "--subnet NAME",
        ),
        (
            "The resource 'projects/p/regions/us-east4/subnetworks/s' was not found",
            Scope.REGION,
            "cloudgpu launch --subnet NAME",
        ),
        (
            "Invalid value for field 'resource.networkInterfaces[0].networkIP': '10.0.0.9'.",
            Scope.ACCOUNT,
            "--network NAME",
        ),
    ],
)
def test_what_is_wrong_with_the_network_says_which_option_helps(message: str, scope: Scope, remedy: str) -> None:
    error = translated(http(400, "invalid", message), "p", ZONE)
    assert isinstance(error, NetworkError)
    assert error.scope is scope
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("metric", "limit", "remedy"),
    [
        ("NVIDIA_T4_GPUS", "0.0 in region us-east4.", "--gpu T4 --region us-east4 --request 1 --contact"),
        ("PREEMPTIBLE_NVIDIA_L4_GPUS", "2.0 in region us-east4.", "--gpu L4 --region us-east4 --spot --request 3 "),
        ("NVIDIA_A100_80GB_GPUS", "0.0 in region us-east4.", "--gpu A100-80GB "),
        ("GPUS_ALL_REGIONS", "0.0 globally.", "cloudgpu quota --provider gcp --region us-east4 --request 1 "),
        (
            "SSD_TOTAL_GB",
            "500.0 in region us-east4.",
            "Ask for more: https://console.cloud.google.com/iam-admin/quotas",
        ),
        ("CPUS_ALL_REGIONS", "32.0 globally.", "Ask for more: https://console.cloud.google.com/iam-admin/quotas"),
    ],
)
def test_a_quota_ends_with_the_command_or_the_page(metric: str, limit: str, remedy: str) -> None:
    message = f"Quota '{metric}' exceeded.  Limit: {limit}"
    error = operation_error(ended("QUOTA_EXCEEDED", message), "p", ZONE)
    assert isinstance(error, QuotaError)
    assert remedy in error.remedy
    assert "iam-admin/quotas?project=p" in error.remedy
    assert metric in error.brief
    assert error.exit_code == 3


def test_a_quota_of_a_gpu_family_says_which_family() -> None:
    info = {
        "metric_name": "compute.googleapis.com/gpus_per_gpu_family",
        "limit_name": "GPUS-PER-GPU-FAMILY-per-project-region",
        "dimensions": {"region": "us-central1", "gpu_family": "NVIDIA_H200"},
        "limit": 0.0,
    }
    failed = ended("QUOTA_EXCEEDED", "Quota 'GPUS_PER_GPU_FAMILY' exceeded", error_details=[{"quota_info": info}])
    error = operation_error(failed, "p", "us-central1-b")
    assert isinstance(error, QuotaError)
    assert error.region == "us-central1"
    assert error.brief == (
        "The quota GPUS_PER_GPU_FAMILY (NVIDIA_H200) of project p in us-central1 is 0 and does not allow this."
    )
    assert "--gpu H200 --region us-central1 --request 8 " in error.remedy


def test_of_several_errors_of_one_operation_the_cause_counts() -> None:
    failed = ended("VM_MIN_COUNT_NOT_REACHED", "Requested minimum count of 1 VMs could not be created")
    failed.error.errors.append(
        {"code": "QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded.  Limit: 8.0 in region r1."}
    )
    error = operation_error(failed, "p", ZONE)
    assert isinstance(error, QuotaError)
    assert "CPUS" in error.brief


@pytest.mark.parametrize(
    ("message", "role"),
    [
        ("Required 'compute.instances.create' permission for 'projects/p'", "compute.instanceAdmin.v1"),
        ("Permission 'compute.firewalls.create' denied on resource (or it may not exist).", "compute.securityAdmin"),
        ("Required 'compute.networks.create' permission for 'projects/p'", "compute.networkAdmin"),
        ("Required 'compute.subnetworks.use' permission for 'projects/p'", "compute.networkUser"),
        ("The user does not have access to service account 'x@y'.", "iam.serviceAccountUser"),
        ("Caller does not have required permission to use project p.", "serviceusage.serviceUsageConsumer"),
        ("Permission 'cloudquotas.quotas.update' denied on resource", "cloudquotas.admin"),
    ],
)
def test_a_missing_permission_comes_with_the_role_that_has_it(message: str, role: str) -> None:
    error = translated(http(403, "forbidden", message), "p")
    assert type(error) is PermissionError_
    assert error.remedy.endswith(f"--role=roles/{role}")
    assert error.scope is Scope.ACCOUNT


def test_a_protected_machine_can_be_freed_by_pasting() -> None:
    message = "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'."
    error = translated(http(400, "invalidResourceUsage", message), "p", ZONE)
    assert type(error) is ProviderError
    assert error.remedy == (
        f"gcloud compute instances update INSTANCE --no-deletion-protection --zone {ZONE} --project p"
    )


DISABLED = {
    "error": {
        "code": 403,
        "message": "Cloud Quotas API has not been used in project 12 before or it is disabled.",
        "status": "PERMISSION_DENIED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": {"service": "cloudquotas.googleapis.com", "consumer": "projects/12"},
            }
        ],
    }
}
VIOLATION = {
    "error": {
        "code": 400,
        "message": "The request has violated one or more Org Policies.",
        "status": "FAILED_PRECONDITION",
        "details": [
            {"violations": [{"type": "constraints/gcp.restrictServiceUsage", "subject": "orgpolicy:projects/p"}]}
        ],
    }
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "remedy"),
    [
        (403, DISABLED, PermissionError_, "SERVICE_DISABLED", "enable cloudquotas.googleapis.com --project 12"),
        (403, [DISABLED], PermissionError_, "SERVICE_DISABLED", "enable cloudquotas.googleapis.com --project 12"),
        (400, VIOLATION, PolicyError, "FAILED_PRECONDITION", "describe gcp.restrictServiceUsage"),
        (
            400,
            {"error": "invalid_grant", "error_description": "Bad Request"},
            AuthError,
            "invalid_grant",
            "gcloud auth",
        ),
        (409, {"error": {"code": 409, "status": "ALREADY_EXISTS"}}, ProviderError, "ALREADY_EXISTS", "cloudgpu ps"),
        (429, {"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, ThrottledError, "rateLimitExceeded", "minute"),
        (502, "<html>Bad Gateway</html>", OutcomeUnknown, "502", "cloudgpu ps"),
        (400, {"error": 7}, ProviderError, "400", "https://"),
        (403, [], PermissionError_, "403", "add-iam-policy-binding"),
    ],
)
def test_every_api_is_read_by_the_same_table(
    status: int, body: object, kind: type[Exception], code: str, remedy: str
) -> None:
    error = explain(of_body(body if isinstance(body, str) else json.dumps(body), status), "p")
    assert type(error) is kind
    assert error.code == code
    assert remedy in error.remedy
    assert error.details


def test_the_body_is_read_where_the_sdk_keeps_it() -> None:
    response = requests.Response()
    response.status_code = 400
    response.request = requests.Request("GET", "https://cloudquotas.example/v1").prepare()
    response._content = json.dumps(VIOLATION).encode()
    error = translated(from_http_response(response), "p")
    assert isinstance(error, PolicyError)
    assert (error.code, "gcp.restrictServiceUsage" in error.details) == ("FAILED_PRECONDITION", True)


def test_credentials_that_belong_to_no_project_of_ours_get_one() -> None:
    message = "Cloud Quotas API has not been used in project 764086051850 before or it is disabled."
    error = translated(http(403, "SERVICE_DISABLED", message), "p")
    assert error.remedy == "gcloud auth application-default set-quota-project p"
