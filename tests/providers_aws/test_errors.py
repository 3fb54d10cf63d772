"""Every refusal of AWS that was collected from the wild, and what it becomes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from cloudgpu.errors import (
    AuthError,
    CapacityError,
    NoRouteError,
    OutcomeUnknown,
    PermissionError_,
    ProviderError,
    QuotaError,
    ThrottledError,
    UnsupportedError,
)
from cloudgpu.model import Gpu, Offer
from cloudgpu.providers.aws.errors import aws_errors, explained, meaning, zones_named
from cloudgpu.providers.aws.refusals import REFUSALS

SEEN = [json.loads(line) for line in Path(__file__).with_name("cloud_errors.jsonl").read_text().splitlines()]
OURS = {
    "billing": PermissionError_,
    "credentials": AuthError,
    "eventual": ProviderError,
    "exists": ProviderError,
    "invalid": ProviderError,
    "network": ProviderError,
    "permission": PermissionError_,
    "policy": PermissionError_,
    "quota": QuotaError,
    "stockout": CapacityError,
    "throttle": ThrottledError,
    "transient": OutcomeUnknown,
}
OTHERWISE = {
    "aws-invalid-fleetconfig-az": UnsupportedError,  # the zone does not sell the type: the next zone may
    "aws-net-nosubnets": UnsupportedError,  # this zone has no subnet: the next zone may
    "aws-net-subnet-full-invalidparam": CapacityError,  # this zone has no address left: the next zone may
    "aws-net-subnet-full-spotfleet": CapacityError,
    "aws-transient-launch-internal": CapacityError,  # the outcome is known: it died, launch it elsewhere
}
MORE = [
    ("PartialCredentialsError", "Partial credentials found in env, missing: aws_secret_access_key", AuthError),
    ("ProfileNotFound", "The config profile (nobody) could not be found", AuthError),
    ("UnauthorizedSSOTokenError", "The SSO session associated with this profile has expired", AuthError),
    ("SignatureDoesNotMatch", "The request signature we calculated does not match", AuthError),
    ("OptInRequired", "You are not subscribed to this service.", PermissionError_),
    ("SpotMaxPriceTooLow", "Your Spot request price of 0.1 is lower than the minimum", CapacityError),
    ("InsufficientFreeAddressesInSubnet", "Not enough free IP addresses in subnet-1", CapacityError),
    ("InsufficientVolumeCapacity", "There is not enough capacity to fulfill the request.", CapacityError),
    ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination", CapacityError),
    ("Unsupported", "Your requested instance type (p5.4xlarge) is not supported", UnsupportedError),
    ("InvalidInstanceType", "The following supplied instance types do not exist: [g9.large]", UnsupportedError),
    ("InvalidParameterValue", "Invalid value 'g9.large' for InstanceType.", UnsupportedError),
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://ec2/"', NoRouteError),
    ("VPCIdNotSpecified", "No default VPC for this user", ProviderError),
    ("OperationNotPermitted", "The instance may not be terminated. Modify its 'disableApiTermination'", ProviderError),
    ("NoRegionError", "You must specify a region.", ProviderError),
    ("ParamValidationError", "Parameter validation failed: Unknown parameter", ProviderError),
    ("SomethingNew", "Never seen before.", ProviderError),
]
OFFER = Offer("aws", "us-east-1", "us-east-1e", "g4dn.xlarge", Gpu("T4"), 4, 16.0, Decimal("0.526"))


@pytest.mark.parametrize("row", SEEN, ids=lambda row: row["id"])
def test_each_refusal_seen_in_the_wild_becomes_its_class(row: dict[str, str]) -> None:
    status = int(row["http_status"] or 0)
    error = explained(row["code"], row["message"], status, offer=OFFER)
    assert type(error) is OTHERWISE.get(row["id"], OURS[row["class"]])
    assert (error.code, error.details) == (row["code"], row["message"])
    assert error.brief and error.remedy and "{" not in error.brief + error.remedy


@pytest.mark.parametrize(("code", "words", "kind"), MORE)
def test_what_the_documentation_names_becomes_its_class(code: str, words: str, kind: type[ProviderError]) -> None:
    assert type(explained(code, words, region="us-east-2")) is kind


def test_every_row_of_the_table_is_met_by_one_of_these() -> None:
    met = {meaning(row["code"], row["message"]) for row in SEEN} | {meaning(code, words) for code, words, _ in MORE}
    assert [row for row in REFUSALS if row not in met] == []


def test_zones_that_the_cloud_names_come_first() -> None:
    words = (
        "We currently do not have sufficient g4dn.xlarge capacity in the Availability Zone you requested (us-east-1e)."
        " You can currently get g4dn.xlarge capacity by not specifying an Availability Zone in your request or"
        " choosing us-east-1b, us-east-1d."
    )
    error = explained("InsufficientInstanceCapacity", words, 500, offer=OFFER)
    assert isinstance(error, CapacityError)
    assert error.elsewhere == ("us-east-1b", "us-east-1d")
    assert error.brief == "g4dn.xlarge is out of stock in us-east-1e."
    assert zones_named("There is no Spot capacity available that matches your request.") == ()


def test_a_quota_holds_in_its_region_and_the_remedy_asks_for_enough() -> None:
    words = "You have requested more vCPU capacity than your current vCPU limit of 8 allows for the instance bucket"
    error = explained("VcpuLimitExceeded", words, 400, offer=OFFER)
    assert isinstance(error, QuotaError)
    assert error.region == "us-east-1"
    assert error.remedy.endswith("--quota-code L-DB2E81BA --desired-value 12 --region us-east-1")


def test_a_permission_is_named() -> None:
    words = "User: arn:aws:iam::1:user/a is not authorized to perform: ec2:RunInstances on resource: x"
    error = explained("UnauthorizedOperation", words, 403)
    assert "ec2:RunInstances" in error.brief and "ec2:RunInstances" in error.remedy


def test_an_unknown_code_is_an_unknown_outcome_only_from_500_on() -> None:
    assert type(explained("SomethingNew", "Oops", 400)) is ProviderError
    assert type(explained("SomethingNew", "Oops", 503)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (botocore_errors.NoCredentialsError(), AuthError),
        (botocore_errors.ConnectTimeoutError(endpoint_url="https://ec2"), NoRouteError),
        (botocore_errors.ReadTimeoutError(endpoint_url="https://ec2"), OutcomeUnknown),
        (botocore_errors.ConnectionClosedError(endpoint_url="https://ec2"), OutcomeUnknown),
        (botocore_errors.SSOTokenLoadError(profile_name="a", error_msg="b"), AuthError),
        (botocore_errors.ParamValidationError(report="Unknown parameter"), ProviderError),
        (ResponseParserError("not XML"), OutcomeUnknown),
        (
            ClientError({"Error": {"Code": "Blocked", "Message": "This account is blocked"}}, "RunInstances"),
            PermissionError_,
        ),
    ],
)
def test_no_exception_of_the_sdk_gets_through(raised: Exception, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught, aws_errors("us-east-1"):
        raise raised
    assert type(caught.value) is kind
    assert caught.value.__cause__ is raised
