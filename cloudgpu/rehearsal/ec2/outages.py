"""A fault's error in EC2's own words, where the fault brings none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.capacity import NO_MORE, none_left
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.settings.capacity import NONE_LEFT
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
    message = fault.message or (_no_capacity(known) if code == NONE_LEFT else _WORDS.get(code, code))
    return Refused(code, message, fault.http_status)


def _no_capacity(known: Mapping[str, Any]) -> str:
    kind, zone = known.get("instance_type") or "instance", known.get("zone")
    return none_left(kind, zone, known.get("elsewhere", [])) if zone else NO_MORE
