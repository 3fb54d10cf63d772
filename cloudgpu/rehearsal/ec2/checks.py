"""What a launch refers to has to be there and has to fit together. moto takes nearly anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudgpu.rehearsal.ec2.engine import Engine
from cloudgpu.rehearsal.ec2.errors import Refused, invalid, not_emulated
from cloudgpu.rehearsal.ec2.place import Place
from cloudgpu.rehearsal.ec2.untyped import Backend, Image

Params = Mapping[str, Any]
_TAG_KEY = re.compile(r"[0-9a-zA-Z\-_+=,.@:]{1,255}")
_MOST_TAG_KEY, _MOST_TAG_VALUE = 128, 256


def form(params: Params) -> None:
    """What can be told from the request alone."""
    for unhandled in ("LaunchTemplate", "HibernationOptions", "SecondaryInterfaces"):
        if unhandled in params:
            raise not_emulated(f"RunInstances with {unhandled}")
    if "ImageId" not in params:
        raise Refused("MissingParameter", "The request must contain the parameter ImageId")
    if params["ImageId"].startswith("resolve:ssm:"):
        raise not_emulated("resolve:ssm: in ImageId")
    least, most = params["MinCount"], params["MaxCount"]
    if least < 1 or most < least:
        raise Refused("InvalidParameterValue", f"Value ({least}) for parameter minCount is invalid.")
    for part, value in params.get("IamInstanceProfile", {}).items():  # there is no IAM here to make one
        words = f"Value ({value}) for parameter iamInstanceProfile.{part.lower()} is invalid."
        raise Refused("InvalidParameterValue", f"{words} Invalid IAM Instance Profile {part.lower()}")
    _market(params)
    _interfaces(params)
    _tags(params)


def _market(params: Params) -> None:
    options = params.get("InstanceMarketOptions", {})
    if options.get("MarketType") not in (None, "spot"):
        raise not_emulated(f"RunInstances with the market {options['MarketType']!r}")
    if options.get("SpotOptions", {}).get("SpotInstanceType", "one-time") != "one-time":
        raise not_emulated("RunInstances with a persistent Spot Instance request")


def _interfaces(params: Params) -> None:
    interfaces = params.get("NetworkInterfaces", [])
    both = "Network interfaces and an instance-level {} may not be specified on the same request"
    if interfaces and "SubnetId" in params:
        raise Refused("InvalidParameterCombination", both.format("subnet ID"))
    if interfaces and ("SecurityGroupIds" in params or "SecurityGroups" in params):
        raise Refused("InvalidParameterCombination", both.format("security groups"))
    if any("DeviceIndex" not in one for one in interfaces):
        raise Refused("MissingParameter", "The request must contain the parameter deviceIndex")
    if len(interfaces) > 1 and any("AssociatePublicIpAddress" in one for one in interfaces):
        raise Refused(
            "InvalidParameterCombination",
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple network"
            " interfaces.",
        )


def _tags(params: Params) -> None:
    readable = params.get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled"
    for specification in params.get("TagSpecifications", []):
        for tag in specification.get("Tags", []):
            key, value = tag.get("Key", ""), tag.get("Value", "")
            if key.lower().startswith("aws:"):
                raise Refused("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            if not 1 <= len(key) <= _MOST_TAG_KEY or len(value) > _MOST_TAG_VALUE:
                raise invalid(f"{key}={value}", "tag")
            in_metadata = readable and specification.get("ResourceType") == "instance"
            if in_metadata and (not _TAG_KEY.fullmatch(key) or key in (".", "..", "_index")):
                raise Refused(
                    "InvalidParameterValue",
                    f"'{key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\\\-_+=,.@:]{{1,255}}),"
                    " and must not be a reserved name ('.', '..', '_index')",
                )


def image(engine: Engine, ec2: Backend, params: Params, instance_type: str) -> Image:
    """The image, known to fit the instance type."""
    found = ec2.amis.get(params["ImageId"])
    if found is None:
        raise Refused("InvalidAMIID.NotFound", f"The image id '[{params['ImageId']}]' does not exist")
    runs = engine.instance_types[instance_type]["ProcessorInfo"]["SupportedArchitectures"]
    if found.architecture not in runs:
        raise Refused(
            "InvalidParameterValue",
            f"The architecture '{','.join(runs)}' of the specified instance type does not match the architecture"
            f" '{found.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching"
            " architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the"
            " architecture of the instance type or AMI.",
        )
    return found


def key_pair(ec2: Backend, params: Params) -> tuple[str, ...]:
    """The public key that the launch names, if it names one."""
    name = params.get("KeyName")
    if name is None:
        return ()
    if name not in ec2.key_pairs:
        raise Refused("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
    return (str(ec2.key_pairs[name].public_key).strip(),)


def groups(ec2: Backend, params: Params, place: Place) -> None:
    """Every security group exists and is in the subnet's network."""
    ids = list(params.get("SecurityGroupIds", []))
    for interface in params.get("NetworkInterfaces", []):
        ids += interface.get("Groups", [])
    for group_id in ids:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise Refused("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        if group.vpc_id != place.vpc_id:
            raise Refused(
                "InvalidParameter",
                f"Security group {group_id} and subnet {place.subnet_id} belong to different networks.",
            )
    for name in params.get("SecurityGroups", []):
        if ec2.get_security_group_from_name(name, place.vpc_id) is None:
            raise Refused(
                "InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{place.vpc_id}'"
            )
