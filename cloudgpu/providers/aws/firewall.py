"""Who may reach the machine: SSH from the caller's address, and nothing else of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import ProviderError
from cloudgpu.model import InstanceRef, InstanceSpec
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.session import Account
from cloudgpu.retry import until
from cloudgpu.rules.names import marks, resource_name

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        IpPermissionTypeDef,
        IpRangeTypeDef,
        SecurityGroupTypeDef,
        TagTypeDef,
    )

_SETTLES_WITHIN = 30.0
_OURS = "cloudgpu: the computer that launched it"


class Doors:
    """The security groups of an account's launches. One is made for each region that a launch tries, serves all of its
    zones, costs nothing, and is removed with the launch.

    While it is being removed, a request for a machine that is still under way finds it gone and is refused.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._open: dict[tuple[str, str], tuple[str, str, str]] = {}

    def open(self, spec: InstanceSpec, vpc: str) -> str:
        """The id of the group in this VPC, made if it is not there: port 22 from `spec.caller_cidr`, no other."""
        key, region = (spec.launch_id, spec.offer.region), spec.offer.region
        known = self._open.get(key)
        if known and known[:2] == (vpc, spec.caller_cidr):
            return known[2]
        ec2 = self._account.ec2(region)
        group = until(
            lambda: _opened(ec2, spec, vpc),
            within=_SETTLES_WITHIN,
            otherwise=lambda: ProviderError(
                f"AWS made the security group {group_name(spec.launch_id)} and does not find it again.",
                remedy="Try again in a minute.",
                code="InvalidGroup.NotFound",
            ),
        )
        self._open[key] = vpc, spec.caller_cidr, group
        return group

    def admit(self, ref: InstanceRef, cidr: str) -> None:
        """Let the caller in from where it is now, and nobody from where it was, where the launch has a group."""
        ec2 = self._account.ec2(ref.region)
        with aws_errors(ref.region):
            for group in _named(ec2, ref.launch_id):
                _let_in(ec2, group["GroupId"], cidr)
                _shut_out(ec2, group, cidr)

    def close(self, launch_id: str, region: str) -> bool:
        """Remove the launch's groups in the region; False while a machine still uses one. Gone already is success."""
        self._open.pop((launch_id, region), None)
        ec2 = self._account.ec2(region)
        with aws_errors(region):
            for group in _named(ec2, launch_id):
                try:
                    ec2.delete_security_group(GroupId=group["GroupId"])
                except ClientError as error:
                    if code_of(error) in ("DependencyViolation", "InvalidGroup.InUse"):
                        return False
                    if code_of(error) != "InvalidGroup.NotFound":
                        raise
        return True

    def close_all(self, launch_id: str, *, but: str = "") -> None:
        """Remove those that this object made in other regions than `but`. What cannot be removed stays: `leftovers`
        tells of it."""
        for of_launch, region in list(self._open):
            if of_launch == launch_id and region != but:
                with suppress(ProviderError):  # it costs nothing, and what led here says more
                    self.close(launch_id, region)

    def forget(self, launch_id: str, region: str) -> None:
        """Whoever asks for it next finds out whether it is there."""
        self._open.pop((launch_id, region), None)


def group_name(launch_id: str) -> str:
    return resource_name(launch_id, "ssh")


def _opened(ec2: EC2Client, spec: InstanceSpec, vpc: str) -> str | None:
    """The group's id; None while EC2 does not know the group yet, which it may have answered a moment ago."""
    name = group_name(spec.launch_id)
    tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in {"Name": name, **marks(spec)}.items()]
    with aws_errors(spec.offer.region, spec.offer):
        try:
            group = ec2.create_security_group(
                GroupName=name,
                Description=f"cloudgpu {spec.name}: SSH from the computer that launched it",
                VpcId=vpc,
                TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
            )["GroupId"]
        except ClientError as error:
            if code_of(error) != "InvalidGroup.Duplicate":
                raise
            found = [one for one in _named(ec2, spec.launch_id) if one["VpcId"] == vpc]
            if not found:
                return None
            group = found[0]["GroupId"]
            _shut_out(ec2, found[0], spec.caller_cidr)
        return group if _let_in(ec2, group, spec.caller_cidr) else None


def _let_in(ec2: EC2Client, group: str, cidr: str) -> bool:
    """Allowed already is success. False where EC2 does not know the group."""
    try:
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[_ssh({"CidrIp": cidr, "Description": _OURS})]
        )
    except ClientError as error:
        if code_of(error) == "InvalidGroup.NotFound":
            return False
        if code_of(error) != "InvalidPermission.Duplicate":
            raise
    return True


def _shut_out(ec2: EC2Client, group: SecurityGroupTypeDef, cidr: str) -> None:
    """Take back what cloudgpu allowed others than `cidr`; what somebody added by hand stays."""
    for rule in group.get("IpPermissions", []):
        for allowed in rule.get("IpRanges", []):
            if allowed.get("Description") == _OURS and allowed.get("CidrIp") != cidr:
                ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[_ssh(allowed)])


def _ssh(source: IpRangeTypeDef) -> IpPermissionTypeDef:
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [source]}


def _named(ec2: EC2Client, launch_id: str) -> list[SecurityGroupTypeDef]:
    by_name: FilterTypeDef = {"Name": "group-name", "Values": [group_name(launch_id)]}
    return ec2.describe_security_groups(Filters=[by_name])["SecurityGroups"]
