"""What AWS says, and what it means: one table, the first row that fits holds.

`codes` are AWS error codes, StateReason codes and names of botocore exceptions; none: any. `words` is searched in the
message, in any case. In brief and remedy stand {code}, {type}, {where} (the zone, else the region), {region}, {zone},
{action} (the permission that lacks) and {quota} (the command that asks for a higher vCPU limit).
"""

from __future__ import annotations

from typing import NamedTuple

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


class Refusal(NamedTuple):
    codes: str
    words: str
    error: type[ProviderError]
    brief: str
    remedy: str


_LOGIN = "aws sso login  # or aws configure; which account it is: aws sts get-caller-identity"
_CLOCK = "timedatectl  # then: sudo timedatectl set-ntp true"
_ELSEWHERE = "Try another zone, GPU or time, or --spot: cloudgpu launch --region us-west-2"
_NO_CAPACITY = "{type} is out of stock in {where}."
_NOT_SOLD = "{where} does not sell {type}."
_SUPPORT = "https://console.aws.amazon.com/support/home#/case/create"
_CODES = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_POLICY = "https://console.aws.amazon.com/iam/home#/policies  # allow {action}"
_MANY = (
    "VcpuLimitExceeded MaxSpotInstanceCountExceeded InstanceLimitExceeded VolumeLimitExceeded MaxIOPSLimitExceeded"
    " AddressLimitExceeded NetworkInterfaceLimitExceeded SecurityGroupLimitExceeded VpcLimitExceeded"
    " MaxFleetCountExceeded Client.VolumeLimitExceeded"
)
_ALL_LIMITS = "https://{region}.console.aws.amazon.com/servicequotas/home"

REFUSALS: tuple[Refusal, ...] = (
    Refusal("NoCredentialsError", "", AuthError, "There are no AWS credentials on this computer.", _LOGIN),
    Refusal(
        "PartialCredentialsError", "", AuthError, "Only half of the AWS credentials is there.",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, both: aws configure",
    ),
    Refusal("ProfileNotFound", "", AuthError, "There is no such AWS profile.", "aws configure list-profiles"),
    Refusal(
        "SSOError SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError LoginError LoginRefreshRequired"
        " LoginTokenLoadError CredentialRetrievalError", "", AuthError, "The AWS login has run out.",
        "aws sso login  # or aws login, whichever this profile uses",
    ),
    Refusal(
        "SignatureDoesNotMatch InvalidSignatureException RequestExpired", "Signature (expired|not yet)", AuthError,
        "This computer's clock is more than 15 minutes off.", _CLOCK,
    ),
    Refusal(
        "ExpiredToken ExpiredTokenException RequestExpired", "", AuthError, "The AWS session has run out.", _LOGIN
    ),
    Refusal(
        "AuthFailure.ServiceLinkedRoleCreationNotPermitted", "", PermissionError_,
        "The first spot machine of an account needs a role that these credentials may not make.",
        "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
    ),
    Refusal(
        "AuthFailure", "Not authorized for images", ProviderError, "The machine image was withdrawn or is private.",
        "Try again: the newest image is looked up at each launch.",
    ),
    Refusal(
        "AuthFailure InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch InvalidSignatureException"
        " MissingAuthenticationToken IncompleteSignature", "", AuthError,
        "AWS does not know these credentials.", _LOGIN,
    ),
    Refusal(
        "InvalidParameterCombination", "Free Tier", PermissionError_, "An account on the Free plan gets no GPU.",
        "https://console.aws.amazon.com/billing/home  # upgrade the account plan",
    ),
    Refusal(
        "OptInRequired", "Marketplace", PermissionError_, "The image's terms were not accepted.",
        "https://console.aws.amazon.com/marketplace/home#/subscriptions",
    ),
    Refusal(
        "OptInRequired", "", PermissionError_, "The account is not signed up for this, or {region} is not enabled.",
        "https://console.aws.amazon.com/billing/home#/account",
    ),
    Refusal(
        "PendingVerification", "in this region", PermissionError_,
        "AWS still checks this account's first use of {region}.",
        "Wait for AWS's mail (up to 4 hours), or take a region used before: cloudgpu launch --region us-east-1",
    ),
    Refusal(
        "PendingVerification", "", PermissionError_, "AWS still verifies this account.",
        "Wait up to 2 hours, then write to aws-verification@amazon.com",
    ),
    Refusal("Blocked AccountDisabled", "", PermissionError_, "AWS has blocked this account.", _SUPPORT),
    Refusal(
        "UnauthorizedOperation AccessDenied AccessDeniedException", "service control policy", PermissionError_,
        "A policy of the account's organization forbids {action}.",
        "Ask the organization's administrator for {action} in {region}, or take another region or GPU.",
    ),
    Refusal(
        "UnauthorizedOperation AccessDenied AccessDeniedException 403", "", PermissionError_,
        "These credentials may not {action}.", _POLICY,
    ),
    Refusal(
        "Client.InternalError", "", PermissionError_, "The disk's encryption key may not be used by these credentials.",
        "https://console.aws.amazon.com/kms/home  # allow kms:CreateGrant on the default EBS key",
    ),
    Refusal(
        "InsufficientInstanceCapacity InsufficientHostCapacity InsufficientCapacity InsufficientCapacityOnHost"
        " InsufficientReservedInstanceCapacity ReservationCapacityExceeded UnfulfillableCapacity capacity-not-available"
        " Server.InsufficientInstanceCapacity", "", CapacityError, _NO_CAPACITY, _ELSEWHERE,
    ),
    Refusal("", "host with a matching configuration", CapacityError, _NO_CAPACITY, _ELSEWHERE),
    Refusal(
        "SpotMaxPriceTooLow", "", CapacityError, "Spot costs more than the limit in {where}.",
        "Leave out --spot, or take another zone: cloudgpu launch --region us-west-2",
    ),
    Refusal(
        "Server.SpotInstanceTermination", "", CapacityError, "AWS took the spot machine back.",
        "cloudgpu launch  # without --spot it stays",
    ),
    Refusal("Server.InternalError", "", CapacityError, "AWS could not start {type} in {where}.", _ELSEWHERE),
    Refusal(
        "InsufficientVolumeCapacity InsufficientAddressCapacity", "", CapacityError,
        "{where} is out of disks or addresses.", _ELSEWHERE,
    ),
    Refusal(
        "InsufficientFreeAddressesInSubnet", "", CapacityError, "The subnet in {where} has no free address.", _ELSEWHERE
    ),
    Refusal(
        "", "(sufficient|enough) free (ipv4 )?addresses", CapacityError, "The subnet in {where} has no free address.",
        _ELSEWHERE,
    ),
    Refusal("Unsupported", "", UnsupportedError, _NOT_SOLD, _ELSEWHERE),
    Refusal("", "not supported in your requested Availability", UnsupportedError, _NOT_SOLD, _ELSEWHERE),
    Refusal("InvalidInstanceType", "", UnsupportedError, _NOT_SOLD, _ELSEWHERE),
    Refusal("InvalidParameterValue", "for InstanceType", UnsupportedError, _NOT_SOLD, _ELSEWHERE),
    Refusal(
        "MissingInput", "No subnets found", UnsupportedError, "The default VPC has no subnet in {where}.",
        "aws ec2 create-default-subnet --region {region} --availability-zone {zone}",
    ),
    Refusal(
        "VcpuLimitExceeded MaxSpotInstanceCountExceeded", "", QuotaError,
        "The account's vCPU limit in {region} does not allow {type}.", "{quota}",
    ),
    Refusal(_MANY, "", QuotaError, "A limit of the account in {region} is reached.", _ALL_LIMITS),
    Refusal(
        "RequestLimitExceeded Throttling ThrottlingException EC2ThrottledException TooManyRequestsException"
        " BandwidthLimitExceeded", "", ThrottledError, "AWS was asked too often.", "Wait a minute, then try again.",
    ),
    Refusal(
        "EndpointConnectionError ConnectTimeoutError ProxyConnectionError SSLError", "", NoRouteError,
        "AWS cannot be reached from here.",
        "curl -sS https://ec2.{region}.amazonaws.com/ping  # network, proxy or firewall?",
    ),
    Refusal(
        "ReadTimeoutError ConnectionClosedError HTTPClientError ResponseParserError InternalError InternalFailure"
        " ServerInternal ServiceUnavailable Unavailable ServiceException", "", OutcomeUnknown,
        "AWS gave no answer; the request may have been carried out.",
        "cloudgpu ps --refresh  # shows what is there; https://health.aws.amazon.com/health/status",
    ),
    Refusal(
        "IdempotentInstanceTerminated IdempotentParameterMismatch", "", ProviderError,
        "This launch has had a machine in {where} that is gone or differs.", "cloudgpu destroy, then cloudgpu launch",
    ),
    Refusal(
        "VPCIdNotSpecified DefaultVpcDoesNotExist MissingInput", "vpc", ProviderError,
        "The account has no default VPC in {region}.", "aws ec2 create-default-vpc --region {region}",
    ),
    Refusal(
        "InvalidBlockDeviceMapping", "", ProviderError, "The disk does not fit the machine image.",
        "cloudgpu launch --disk-size 200",
    ),
    Refusal(
        "OperationNotPermitted", "", ProviderError, "The machine is protected against termination.",
        "aws ec2 modify-instance-attribute --no-disable-api-termination --region {region} --instance-id ID",
    ),
    Refusal(
        "NoRegionError InvalidRegionError", "", ProviderError, "The configured AWS region is none.",
        "aws configure set region us-east-1",
    ),
    Refusal(
        "DependencyViolation", "", ProviderError, "Something still uses what is to be removed.",
        "Wait a minute, then again: cloudgpu destroy",
    ),
    Refusal(
        "ParamValidationError UnknownParameterError", "", ProviderError,
        "This boto3 cannot send what cloudgpu asks for.", "python -m pip install --upgrade boto3",
    ),
    Refusal("", "", ProviderError, "AWS refused the request ({code}).", _CODES),
)  # fmt: skip
