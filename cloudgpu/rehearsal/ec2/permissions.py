"""Which actions a request needs, on which resources; a user who lacks one is refused in the service's own words."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.settings import Permissions
from cloudgpu.rehearsal.ec2.wire import Answer, Request

USER = f"arn:aws:iam::{ACCOUNT}:user/rehearsal"
_NO_ROLE = "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances."
# parameter -> the kind of resource that it names, for the actions whose permission is for single resources
_KINDS = {
    "InstanceId": "instance",
    "InstanceIds": "instance",
    "GroupId": "security-group",
    "VolumeId": "volume",
    "SnapshotId": "snapshot",
    "ImageId": "image",
    "AllocationId": "elastic-ip",
    "NetworkInterfaceId": "network-interface",
    "LaunchTemplateId": "launch-template",
    "SpotInstanceRequestIds": "spot-instances-request",
}
_MADE = {
    "RunInstances": "instance",
    "CreateSecurityGroup": "security-group",
    "CreateVolume": "volume",
    "CreateSnapshot": "snapshot",
    "CreateImage": "image",
    "AllocateAddress": "elastic-ip",
    "CreateNetworkInterface": "network-interface",
    "CreateLaunchTemplate": "launch-template",
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
}
Params = Mapping[str, Any]


def check(permissions: Permissions, request: Request, region: str, params: Params) -> None:
    """Refused for the first action that the request needs and its user lacks."""
    for action, resource in needed(request, region, params) if permissions.denied else ():
        if action in permissions.denied:
            raise _refusal(permissions, request, action, resource)


def needed(request: Request, region: str, params: Params) -> Iterator[tuple[str, str]]:
    """(action, ARN of the resource or nothing), in the order in which they are looked at."""
    resource = _resource(request, region, params)
    yield f"{request.service}:{request.action}", resource
    if request.service != "ec2":
        return
    if any(one.get("Tags") for one in params.get("TagSpecifications", [])) and request.action != "CreateTags":
        yield "ec2:CreateTags", resource
    if request.action == "RunInstances" and params.get("InstanceMarketOptions", {}).get("MarketType") == "spot":
        yield "iam:CreateServiceLinkedRole", ""


def _resource(request: Request, region: str, params: Params) -> str:
    if request.service == "ssm" and request.action == "GetParameter":
        return f"arn:aws:ssm:{region}::parameter{params.get('Name', '')}"
    if request.service != "ec2" or request.action.startswith(("Describe", "Get")):
        return ""
    if kind := _MADE.get(request.action):
        return f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/*"
    for name, kind in _KINDS.items():
        if name in params:
            first = params[name][0] if isinstance(params[name], list) else params[name]
            return f"arn:aws:ec2:{region}:{ACCOUNT}:{kind}/{first}"
    return ""


def _refusal(permissions: Permissions, request: Request, action: str, resource: str) -> Refused:
    if action == "iam:CreateServiceLinkedRole":
        return Refused("AuthFailure.ServiceLinkedRoleCreationNotPermitted", _NO_ROLE)
    on = f" on resource: {resource}" if resource else ""
    why = (
        "with an explicit deny in a service control policy"
        if permissions.service_control_policy
        else f"because no identity-based policy allows the {action} action"
    )
    words = f"User: {USER} is not authorized to perform: {action}{on} {why}"
    if request.protocol == "json":
        return Refused("AccessDeniedException", words)
    if request.protocol == "query":
        return Refused("AccessDenied", words)
    begin = "You are not authorized to perform this operation."
    encoded = f"Encoded authorization failure message: {_encode(permissions, action, resource)}"
    if permissions.encoded:
        return Refused("UnauthorizedOperation", f"{begin} {encoded}")
    return Refused("UnauthorizedOperation", f"{begin} {words}{f'. {encoded}' if resource else ''}")


def _encode(permissions: Permissions, action: str, resource: str) -> str:
    told = {
        "allowed": False,
        "explicitDeny": permissions.service_control_policy,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDACKCEVSQ6C2EXAMPLE", "name": "rehearsal", "arn": USER},
            "action": action,
            "resource": resource or "*",
            "conditions": {"items": []},
        },
    }
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(told, separators=(",", ":")).encode())).decode()


def decode(params: Params) -> Answer:
    """DecodeAuthorizationMessage. Refused for a message that is none of ours."""
    try:
        told = zlib.decompress(base64.urlsafe_b64decode(str(params.get("EncodedMessage", "")))).decode()
    except (binascii.Error, ValueError, zlib.error):
        raise Refused("InvalidAuthorizationMessageException", "Invalid token") from None
    said = (
        '<DecodeAuthorizationMessageResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<DecodeAuthorizationMessageResult><DecodedMessage>{escape(told)}</DecodedMessage>"
        f"</DecodeAuthorizationMessageResult><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
        "</ResponseMetadata></DecodeAuthorizationMessageResponse>"
    )
    return Answer(200, "text/xml", said.encode())
