"""Spot Instance requests, each made by the launch of a spot instance, and as long of interest as that lives."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud, SpotRequest
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.spotprices import now
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance
from cloudgpu.rehearsal.ec2.wildcards import pattern
from cloudgpu.rehearsal.ec2.wire import Answer

_FULFILLED = ("fulfilled", "Your Spot request is fulfilled.")
_BY_USER = ("instance-terminated-by-user", "Spot Instance terminated due to user-initiated termination.")
_NO_CAPACITY = ("instance-terminated-no-capacity", "There is no Spot capacity available that matches your request.")
_CANCELLED = ("request-canceled-and-instance-running", "Your Spot request is canceled, but your instance is running.")


def begin(cloud: Cloud, ec2: Backend, instance: Instance, params: Mapping[str, Any]) -> None:
    """The request that this launch made; it is told of with the instance."""
    number = f"sir-{secrets.token_hex(4)}"
    cloud.spot_requests[number] = SpotRequest(number, ec2, instance, now())
    instance.spot_instance_request_id = number
    for one in params.get("TagSpecifications", []):
        if one.get("ResourceType") == "spot-instances-request":
            ec2.tags[number] = {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags", [])}


def describe(cloud: Cloud, call: Call) -> Answer:
    found = _named(cloud, call)
    for wanted in call.params.get("Filters", []):
        patterns = [pattern(value) for value in wanted.get("Values", [])]
        found = [
            one
            for one in found
            if any(any(test.fullmatch(value) for test in patterns) for value in _values(one, wanted.get("Name", "")))
        ]
    return cloud.engine.tell(call.action, {"SpotInstanceRequests": [_told(one) for one in found]})


def cancel(cloud: Cloud, call: Call) -> Answer:
    """The instance goes on running."""
    found = _named(cloud, call)
    for one in found:
        one.cancelled = True
    rows = [{"SpotInstanceRequestId": one.id, "State": "cancelled"} for one in found]
    return cloud.engine.tell(call.action, {"CancelledSpotInstanceRequests": rows})


def _named(cloud: Cloud, call: Call) -> list[SpotRequest]:
    here = {one.id: one for one in cloud.spot_requests.values() if one.ec2 is call.ec2}
    ids = call.params.get("SpotInstanceRequestIds") or list(here)
    for one in ids:
        if one not in here:
            raise Refused(
                "InvalidSpotInstanceRequestID.NotFound", f"The spot instance request ID '{one}' does not exist"
            )
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    return [here[one] for one in ids]


def _state(one: SpotRequest) -> tuple[str, tuple[str, str]]:
    if one.instance.state in ("shutting-down", "terminated"):
        reason = one.instance.state_reason
        taken = reason is not None and str(reason.code).startswith("Server.")
        return ("cancelled" if one.cancelled else "closed"), (_NO_CAPACITY if taken else _BY_USER)
    return ("cancelled", _CANCELLED) if one.cancelled else ("active", _FULFILLED)


def _told(one: SpotRequest) -> dict[str, object]:
    state, (code, words) = _state(one)
    return {
        "SpotInstanceRequestId": one.id,
        "State": state,
        "Status": {"Code": code, "Message": words, "UpdateTime": one.created},
        "Type": "one-time",
        "InstanceId": one.instance.id,
        "CreateTime": one.created,
        "ProductDescription": "Linux/UNIX",
        "LaunchedAvailabilityZone": one.instance.placement.zone,
        "InstanceInterruptionBehavior": "terminate",
        "LaunchSpecification": {"ImageId": one.instance.image_id, "InstanceType": one.instance.instance_type},
        "Tags": [{"Key": key, "Value": value} for key, value in _tags(one).items()],
    }


def _tags(one: SpotRequest) -> Mapping[str, str]:
    tags: Mapping[str, str] = one.ec2.tags.get(one.id, {})
    return tags


def _values(one: SpotRequest, name: str) -> list[str]:
    if name.startswith("tag:"):
        return [value for key, value in _tags(one).items() if key == name.removeprefix("tag:")]
    state, (code, _) = _state(one)
    known = {
        "tag-key": list(_tags(one)),
        "spot-instance-request-id": [one.id],
        "state": [state],
        "status-code": [code],
        "instance-id": [one.instance.id],
        "type": ["one-time"],
        "launched-availability-zone": [one.instance.placement.zone],
        "launch.instance-type": [one.instance.instance_type],
        "launch.image-id": [one.instance.image_id],
    }
    if name not in known:
        raise not_emulated(f"DescribeSpotInstanceRequests with the filter {name!r}")
    return known[name]
