"""What becomes of each refusal that was collected from the wild, and what it says to do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from cloudgpu.errors import (
    AuthError,
    CapacityError,
    NetworkError,
    NoRouteError,
    OutcomeUnknown,
    PermissionError_,
    PolicyError,
    ProviderError,
    QuotaError,
    Scope,
    ThrottledError,
    UnsupportedError,
)
from cloudgpu.model import Gpu, Offer
from cloudgpu.providers.aws.errors import aws_errors, explained
from cloudgpu.providers.aws.explain import zones_named
from cloudgpu.providers.aws.refusals import RULES, Refusal, rule_for
from tests.providers_aws.test_classify import MORE, ROWS, Row

OURS: dict[str, tuple[type[ProviderError], ...]] = {
    "billing": (PermissionError_,),
    "credentials": (AuthError,),
    "eventual": (ProviderError,),
    "exists": (ProviderError,),
    "invalid": (ProviderError, UnsupportedError),
    "network": (NetworkError, CapacityError, UnsupportedError),  # full or missing in this zone: another may do
    "permission": (PermissionError_,),
    "policy": (PolicyError,),
    "quota": (QuotaError,),
    "stockout": (CapacityError,),
    "throttle": (ThrottledError,),
    "transient": (OutcomeUnknown, NoRouteError, CapacityError),  # it died after the yes: the outcome is known
}
DOCUMENTED = [
    ("ProfileNotFound", "The config profile (nobody) could not be found", AuthError),
    ("LoginRefreshRequired", "Your session has expired. Please reauthenticate using 'aws login'.", AuthError),
    ("CredentialRetrievalError", "Error when retrieving credentials from custom-process: exit 1", AuthError),
    ("SignatureDoesNotMatch", "The request signature we calculated does not match", AuthError),
    ("RegionDisabledException", "STS is not activated in this region for account:1.", PermissionError_),
    ("401", "", AuthError),
    ("403", "", PermissionError_),
    ("409", "", ProviderError),
    ("404", "", ProviderError),
    ("SpotMaxPriceTooLow", "Your Spot request price of 0.1 is lower than the minimum", CapacityError),
    ("InsufficientFreeAddressesInSubnet", "Not enough free IP addresses in subnet-1", CapacityError),
    ("InsufficientVolumeCapacity", "There is not enough capacity to fulfill the request.", CapacityError),
    ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination", CapacityError),
    ("Server.InsufficientInstanceCapacity", "Insufficient capacity to satisfy instance request", CapacityError),
    ("Client.VolumeLimitExceeded", "Client.VolumeLimitExceeded: Volume limit exceeded", QuotaError),
    ("Client.InvalidSnapshot.NotFound", "The snapshot 'snap-1' does not exist.", ProviderError),
    ("Unsupported", "Your requested instance type (p5.4xlarge) is not supported", UnsupportedError),
    ("InvalidInstanceType", "The following supplied instance types do not exist: [g9.large]", UnsupportedError),
    ("InvalidParameterValue", "Invalid value 'g9.large' for InstanceType.", UnsupportedError),
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://ec2/"', NoRouteError),
    ("VPCIdNotSpecified", "No default VPC for this user", NetworkError),
    ("OperationNotPermitted", "The instance may not be terminated. Modify its 'disableApiTermination'", ProviderError),
    ("NoRegionError", "You must specify a region.", ProviderError),
    ("ParamValidationError", "Parameter validation failed: Unknown parameter", ProviderError),
    ("SomethingNew", "Never seen before.", ProviderError),
]
OFFER = Offer("aws", "us-east-1", "us-east-1e", "g4dn.xlarge", Gpu("T4"), 4, 16.0, Decimal("0.526"))


@pytest.mark.parametrize("row", [*ROWS, *MORE], ids=lambda row: row["id"])
def test_each_refusal_seen_in_the_wild_becomes_its_class(row: Row) -> None:
    error = explained(row["code"], row["message"], int(row["http_status"] or 0), offer=OFFER)
    assert type(error) in OURS[row["class"]]
    assert error.code == (row["code"] or str(row["http_status"] or ""))
    assert error.details == row["message"]
    assert error.brief and error.remedy and "{" not in error.brief + error.remedy


@pytest.mark.parametrize(("code", "words", "kind"), DOCUMENTED)
def test_what_the_documentation_names_becomes_its_class(code: str, words: str, kind: type[ProviderError]) -> None:
    error = explained(code, words, region="us-east-2")
    assert type(error) is kind
    assert "{" not in error.brief + error.remedy


def test_every_line_of_the_table_is_met_by_one_of_these() -> None:
    met = {rule_for(Refusal(row["message"], (row["code"],))) for row in (*ROWS, *MORE)}
    met |= {rule_for(Refusal(words, (code,))) for code, words, _ in DOCUMENTED}
    assert [(rule.kind, rule.codes, rule.words) for rule in RULES if rule not in met] == []


def test_zones_that_the_cloud_names_come_first() -> None:
    words = (
        "We currently do not have sufficient g4dn.xlarge capacity in the Availability Zone you requested (us-east-1e)."
        " You can currently get g4dn.xlarge capacity by not specifying an Availability Zone in your request or"
        " choosing us-east-1b, us-east-1d."
    )
    error = explained("InsufficientInstanceCapacity", words, 500, offer=OFFER)
    assert isinstance(error, CapacityError)
    assert (error.elsewhere, error.scope) == (("us-east-1b", "us-east-1d"), Scope.OFFER)
    assert error.brief == "g4dn.xlarge is out of stock in us-east-1e."
    assert explained("InsufficientInstanceCapacity", words, 500).brief == error.brief
    assert zones_named("There is no Spot capacity available that matches your request.") == ()


def test_a_quota_holds_in_its_region_and_the_remedy_asks_for_enough() -> None:
    words = "You have requested more vCPU capacity than your current vCPU limit of 8 allows for the instance bucket"
    error = explained("VcpuLimitExceeded", words, 400, offer=OFFER)
    assert isinstance(error, QuotaError)
    assert (error.region, error.scope) == ("us-east-1", Scope.REGION)
    assert error.brief == "The account's vCPU limit in us-east-1 (8) does not allow g4dn.xlarge."
    command, _, page = error.remedy.partition("  # or ")
    assert command == "cloudgpu quota --provider aws --gpu T4 --region us-east-1 --request 3"
    assert page.endswith("/servicequotas/home/services/ec2/quotas/L-DB2E81BA")
    assert "--desired-value 16 --region us-east-2" in explained("VcpuLimitExceeded", words, region="us-east-2").remedy


def test_a_permission_is_named_with_what_it_is_for() -> None:
    words = "User: arn:aws:iam::1:user/a is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:x"
    error = explained("UnauthorizedOperation", words, 403)
    assert error.brief == "These credentials may not ec2:RunInstances on arn:aws:ec2:x."
    assert error.remedy.endswith("# allow ec2:RunInstances on arn:aws:ec2:x")


def test_a_policy_of_the_organization_leaves_other_regions_to_try() -> None:
    words = (
        "User: arn:aws:sts::1:assumed-role/a is not authorized to perform: ec2:RunInstances on resource: "
        "arn:aws:ec2:us-east-2:1:instance/* with an explicit deny in a service control policy"
    )
    error = explained("UnauthorizedOperation", words, 403)
    assert isinstance(error, PolicyError)
    assert error.scope is Scope.REGION
    assert "us-east-2" in error.remedy and "ec2:RunInstances" in error.remedy


def test_without_a_default_vpc_there_are_two_ways_on() -> None:
    error = explained("VPCIdNotSpecified", "No default VPC for this user", 400, offer=OFFER)
    assert (type(error), error.scope) == (NetworkError, Scope.REGION)
    assert "cloudgpu launch --subnet SUBNET_ID" in error.remedy
    assert "aws ec2 create-default-vpc --region us-east-1" in error.remedy


@pytest.mark.parametrize(
    ("words", "hours", "scope"),
    [
        ("Your account is currently being verified.", "up to 2 hours", Scope.ACCOUNT),
        ("Your request for accessing resources in this region is being validated", "at most 4 hours", Scope.REGION),
    ],
)
def test_a_new_account_is_told_how_long_it_takes(words: str, hours: str, scope: Scope) -> None:
    error = explained("PendingVerification", words, 400, offer=OFFER)
    assert (type(error), error.scope) == (PermissionError_, scope)
    assert hours in error.brief


def test_an_unknown_code_is_an_unknown_outcome_only_from_500_on() -> None:
    assert type(explained("SomethingNew", "Oops", 400)) is ProviderError
    assert type(explained("SomethingNew", "Oops", 503)) is OutcomeUnknown
    assert type(explained(None, None)) is ProviderError


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (botocore_errors.NoCredentialsError(), AuthError),
        (botocore_errors.ConnectTimeoutError(endpoint_url="https://ec2"), NoRouteError),
        (botocore_errors.SSLError(endpoint_url="https://ec2", error=Exception("certificate")), NoRouteError),
        (botocore_errors.ReadTimeoutError(endpoint_url="https://ec2"), OutcomeUnknown),
        (botocore_errors.ConnectionClosedError(endpoint_url="https://ec2"), OutcomeUnknown),
        (botocore_errors.SSOTokenLoadError(profile_name="a", error_msg="b"), AuthError),
        (botocore_errors.UnauthorizedSSOTokenError(), AuthError),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="Token has expired"), AuthError),
        (botocore_errors.LoginRefreshRequired(), AuthError),
        (botocore_errors.InvalidRegionError(region_name="nowhere!"), ProviderError),
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


def test_a_login_that_has_run_out_is_renewed_for_its_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AuthError) as caught, aws_errors("us-east-1", profile="work"):
        raise botocore_errors.UnauthorizedSSOTokenError
    assert caught.value.remedy == "aws sso login --profile work"
    monkeypatch.setenv("AWS_PROFILE", "home")
    with pytest.raises(AuthError) as caught, aws_errors("us-east-1"):
        raise botocore_errors.LoginRefreshRequired
    assert caught.value.remedy == "aws login --profile home"


@pytest.mark.parametrize(
    ("words", "off"),
    [
        ("Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)",
         "1 h 45 min behind"),
        ("Signature not yet current: 20190305T002809Z is still later than 20190304T214315Z (20190304T212815Z + 15 min)",
         "3 h ahead"),
        ("Signature expired: 99999999T999999Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)",
         "minutes off"),
        ("The difference between the request time and the current time is too large.", "minutes off"),
    ],
)  # fmt: skip
def test_a_clock_that_is_wrong_is_said_to_be_and_by_how_much(words: str, off: str) -> None:
    error = explained("InvalidSignatureException", words, 403)
    assert isinstance(error, AuthError)
    assert error.brief.endswith(f"this computer's clock is {off}.")
    assert "set-ntp" in error.remedy


@pytest.mark.parametrize(
    ("behind", "is_the_clock"), [(timedelta(minutes=20), True), (timedelta(seconds=30), False), (None, False)]
)
def test_an_answer_says_what_time_it_is(behind: timedelta | None, is_the_clock: bool) -> None:
    date = format_datetime(datetime.now(timezone.utc) + behind, usegmt=True) if behind else "not a date"
    words = "AWS was not able to validate the provided access credentials"
    answer = {
        "Error": {"Code": "AuthFailure", "Message": words},
        "ResponseMetadata": {"HTTPStatusCode": 401, "HTTPHeaders": {"date": date}},
    }
    with pytest.raises(AuthError) as caught, aws_errors("us-east-1"):
        raise ClientError(answer, "RunInstances")  # type: ignore[arg-type]  # the rest of an answer is not looked at
    assert ("clock is 20 min behind" in caught.value.brief) is is_the_clock
    assert (caught.value.code, caught.value.details) == ("AuthFailure", words)
