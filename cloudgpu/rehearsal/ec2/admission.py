"""Who is let in at all: credentials that hold, a region that is enabled, an account in good standing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.regions import state
from cloudgpu.rehearsal.ec2.settings import Settings
from cloudgpu.rehearsal.ec2.signature import NOT_VALIDATED, unknown_key
from cloudgpu.rehearsal.ec2.untyped import Backend
from cloudgpu.rehearsal.ec2.wire import Request

_BUYING = ("RunInstances", "StartInstances", "CreateVolume")
_ASK = "aws-verification@amazon.com"
_REGION_PENDING = (
    "Your request for accessing resources in this region is being validated, and you will not be able to launch"
    " additional resources in this region until the validation is complete. We will notify you by email once your"
    " request has been validated. While normally resolved within minutes, please allow up to 4 hours for this process"
    f" to complete. If the issue still persists, please let us know by writing to {_ASK} for further assistance."
)
_ACCOUNT_PENDING = (
    "Your account is currently being verified. Verification normally takes less than 2 hours. Until your account is"
    " verified, you may not be able to launch additional instances or create additional volumes. If you are still"
    f" receiving this message after more than 2 hours, please let us know by writing to {_ASK}. We appreciate your"
    " patience."
)
_BLOCKED = (
    "This account is currently blocked and not recognized as a valid account. Please contact"
    f" {_ASK} if you have questions."
)
_NOT_FREE = (
    "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run"
    " 'describe-instance-types' with the filter 'free-tier-eligible=true'."
)
_AHEAD, _LENIENCY = timedelta(minutes=20), timedelta(minutes=15)


def admit(settings: Settings, request: Request, region: str) -> None:
    """Refused whatever it is that is asked for."""
    if settings.credentials == "invalid":
        raise unknown_key(request.protocol)
    if settings.credentials == "expired":
        raise _expired(request.protocol)
    if settings.credentials == "skewed":
        raise _skewed(request)
    if state(settings.regions, region) == "not-opted-in":  # there, the account's keys are not known
        raise unknown_key(request.protocol)
    if settings.account == "not-subscribed" and request.service == "ec2":
        raise Refused(
            "OptInRequired", "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."
        )


def may_buy(
    settings: Settings, types: Mapping[str, Mapping[str, Backend]], region: str, action: str, params: Mapping[str, Any]
) -> None:
    """Refused where an account in this state, or in this region, may begin nothing that costs."""
    if action not in _BUYING or params.get("DryRun"):
        return
    if settings.account == "blocked":
        raise Refused("Blocked", _BLOCKED)
    if settings.account == "pending-verification":
        raise Refused("PendingVerification", _ACCOUNT_PENDING)
    if state(settings.regions, region) == "pending-verification":
        raise Refused("PendingVerification", _REGION_PENDING)
    eligible = types.get(params.get("InstanceType", ""), {}).get("FreeTierEligible", False)
    if settings.account == "free-plan" and action == "RunInstances" and not eligible:
        raise Refused("InvalidParameterCombination", _NOT_FREE)


def _expired(protocol: str) -> Refused:
    words = "The security token included in the request is expired"
    return {
        "ec2": Refused("RequestExpired", "Request has expired."),
        "query": Refused("ExpiredToken", words, 403),
        "json": Refused("ExpiredTokenException", words),
    }[protocol]


def _skewed(request: Request) -> Refused:
    """As if the cloud's clock were 20 minutes ahead of the caller's."""
    there = datetime.now(timezone.utc) + _AHEAD
    told = f"{request.environ.get('HTTP_X_AMZ_DATE', '')} is now earlier than {there - _LENIENCY:%Y%m%dT%H%M%SZ}"
    words = f"Signature expired: {told} ({there:%Y%m%dT%H%M%SZ} - 15 min.)"
    return {
        "ec2": Refused("AuthFailure", NOT_VALIDATED),
        "query": Refused("SignatureDoesNotMatch", words),
        "json": Refused("InvalidSignatureException", words),
    }[request.protocol]
