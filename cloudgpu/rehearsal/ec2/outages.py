"""A fault's error in EC2's own words, where the fault brings none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.faults import Fault

_WORDS = {
    "RequestLimitExceeded": "Request limit exceeded.",
    "InternalError": "An internal error has occurred",
    "MaxSpotInstanceCountExceeded": "Max spot instance count exceeded",
    "UnauthorizedOperation": "You are not authorized to perform this operation.",
    "AuthFailure": "AWS was not able to validate the provided access credentials",
    "ExpiredToken": "The provided token has expired.",
    "ExpiredTokenException": "The security token included in the request is expired",
    "Throttling": "Rate exceeded",
}


def refusal(fault: Fault, known: Mapping[str, Any]) -> Refused:
    code = fault.code or "InternalError"
    message = fault.message or (
        _no_capacity(known) if code == "InsufficientInstanceCapacity" else _WORDS.get(code, code)
    )
    return Refused(code, message, fault.http_status)


def _no_capacity(known: Mapping[str, Any]) -> str:
    kind, zone = known.get("instance_type") or "instance", known.get("zone")
    if not zone:
        return "Insufficient capacity."
    others = ", ".join(known.get("elsewhere", []))
    return (
        f"We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our"
        f" system will be working on provisioning additional capacity. You can currently get {kind} capacity by not"
        f" specifying an Availability Zone in your request or choosing {others}."
    )
