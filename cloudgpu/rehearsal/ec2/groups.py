"""Security groups: what moto lets through and EC2 does not."""

from __future__ import annotations

import re

from cloudgpu.rehearsal.ec2.cloud import Call, Cloud
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.wire import Answer

_CHARACTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


def create(cloud: Cloud, call: Call) -> Answer:
    _described(call.params.get("Description", ""), "security group")
    name, vpc_id = call.params["GroupName"], call.params.get("VpcId")
    if name.startswith("sg-"):
        raise Refused(
            "InvalidParameterValue", "invalid value for parameter groupName. Group names may not begin with sg-."
        )
    _described(name, "security group name")
    network = vpc_id or getattr(call.ec2.get_default_vpc(), "id", None)
    if network is None:
        raise Refused("VPCIdNotSpecified", "No default VPC for this user")
    if network not in call.ec2.vpcs:
        raise Refused("InvalidVpcID.NotFound", f"The vpc ID '{network}' does not exist")
    if call.ec2.get_security_group_from_name(name, network):
        raise Refused("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{network}'")
    return cloud.engine.ask(call.request)


def authorize(cloud: Cloud, call: Call) -> Answer:
    for permission in call.params.get("IpPermissions", []):
        for ranged in permission.get("IpRanges", []) + permission.get("Ipv6Ranges", []):
            _described(ranged.get("Description", ""), "rule")
    _exists(call)
    return cloud.engine.ask(call.request)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Refused while a network interface of an instance that is not terminated uses the group."""
    group_id = _exists(call)
    group = call.ec2.get_security_group_from_id(group_id)
    if group is not None and group.name == "default":
        raise Refused("CannotDelete", f'the specified group: "{group_id}" name: "default" cannot be deleted by a user')
    for interface in call.ec2.enis.values():
        if group_id in (one.id for one in interface.group_set):
            raise Refused("DependencyViolation", f"resource {group_id} has a dependent object")
    return cloud.engine.ask(call.request)


def _exists(call: Call) -> str:
    group_id, name = call.params.get("GroupId"), call.params.get("GroupName")
    if group_id is None and name is None:
        raise Refused("MissingParameter", "The request must contain the parameter groupName or groupId")
    found = (
        call.ec2.get_security_group_from_id(group_id) if group_id else call.ec2.get_security_group_by_name_or_id(name)
    )
    if found is None:
        raise Refused("InvalidGroup.NotFound", f"The security group '{group_id or name}' does not exist")
    return str(found.id)


def _described(text: str, what: str) -> None:
    if not _DESCRIPTION.fullmatch(text):
        raise Refused(
            "InvalidParameterValue",
            f"Invalid {what} description. Valid descriptions are strings less than 256 characters from the following"
            f" set: {_CHARACTERS}",
        )
