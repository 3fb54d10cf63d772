"""DescribeInstances: filters with wildcards, and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cloudgpu.rehearsal.ec2 import rendering
from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.lifecycle import unknown
from cloudgpu.rehearsal.ec2.untyped import Instance
from cloudgpu.rehearsal.ec2.wildcards import pattern
from cloudgpu.rehearsal.ec2.wire import Answer

_FILTERS: dict[str, Callable[[Instance], Iterable[object]]] = {
    "architecture": lambda i: [i.architecture],
    "availability-zone": lambda i: [i.placement.zone],
    "client-token": lambda i: [i.client_token],
    "dns-name": lambda i: [i.public_dns_name],
    "group-id": lambda i: [group.id for group in i.security_groups],
    "group-name": lambda i: [group.name for group in i.security_groups],
    "image-id": lambda i: [i.image_id],
    "instance-id": lambda i: [i.id],
    "instance-lifecycle": lambda i: [i.lifecycle] if i.lifecycle else [],
    "instance-state-code": lambda i: [i.state_code],
    "instance-state-name": lambda i: [i.state],
    "instance-type": lambda i: [i.instance_type],
    "instance.group-id": lambda i: [group.id for group in i.security_groups],
    "instance.group-name": lambda i: [group.name for group in i.security_groups],
    "ip-address": lambda i: [i.public_ip],
    "key-name": lambda i: [i.key_name],
    "network-interface.network-interface-id": lambda i: [nic.id for nic in i.nics.values()],
    "network-interface.subnet-id": lambda i: [nic.subnet.id for nic in i.nics.values()],
    "owner-id": lambda i: [i.owner_id],
    "private-dns-name": lambda i: [i.private_dns_name],
    "private-ip-address": lambda i: [i.private_ip],
    "root-device-name": lambda i: [i.root_device_name],
    "root-device-type": lambda i: [i.root_device_type],
    "spot-instance-request-id": lambda i: [getattr(i, "spot_instance_request_id", None)],
    "state-reason-code": lambda i: [i.state_reason.code] if i.state_reason else [],
    "subnet-id": lambda i: [i.subnet_id],
    "tag-key": lambda i: _tags(i),
    "vpc-id": lambda i: [i.vpc_id],
}
_LEAST_PAGE, _MOST_PAGE = 5, 1000


def describe(cloud: Cloud, call: Call) -> Answer:
    ids, most = call.params.get("InstanceIds"), call.params.get("MaxResults")
    if ids and most is not None:
        raise Refused(
            "InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults"
        )
    if most is not None and not _LEAST_PAGE <= most <= _MOST_PAGE:
        raise Refused(
            "InvalidParameterValue",
            f"Value ( {most} ) for parameter maxResults is invalid. Expecting a value between {_LEAST_PAGE} and"
            f" {_MOST_PAGE}.",
        )
    if ids and (missing := sorted(set(ids) - {one.id for one in call.ec2.all_instances()})):
        raise unknown(missing)
    if call.params.get("DryRun"):
        raise Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    tests = [_test(one) for one in call.params.get("Filters", [])]
    found = [
        (reservation, fitting)
        for reservation in call.ec2.reservations.values()
        if (
            fitting := [
                one for one in reservation.instances if (not ids or one.id in ids) and all(test(one) for test in tests)
            ]
        )
    ]
    begin = _begin(call.params.get("NextToken"), len(found))
    end = begin + (most or _MOST_PAGE)
    return rendering.tell(cloud, call, found[begin:end], {"NextToken": str(end)} if end < len(found) else {})


def _begin(token: str | None, length: int) -> int:
    if not token:
        return 0
    if not token.isdigit() or int(token) > length:
        raise Refused("InvalidParameterValue", "Unable to parse pagination token")
    return int(token)


def _test(wanted: Mapping[str, Any]) -> Callable[[Instance], bool]:
    name = wanted.get("Name", "null")
    patterns = [pattern(value) for value in wanted.get("Values", [])]
    if name.startswith("tag:"):
        values = _tag_values(name.removeprefix("tag:"))
    elif name in _FILTERS:
        values = _FILTERS[name]
    else:
        raise not_emulated(f"DescribeInstances with the filter {name!r}")
    return lambda instance: any(
        test.fullmatch(str(value)) for value in values(instance) if value is not None for test in patterns
    )


def _tag_values(key: str) -> Callable[[Instance], Iterable[object]]:
    return lambda instance: [_tags(instance)[key]] if key in _tags(instance) else []


def _tags(instance: Instance) -> Mapping[str, str]:
    """moto's own way to them reads those of every resource."""
    tags: Mapping[str, str] = instance.ec2_backend.tags.get(instance.id, {})
    return tags
