"""Where a machine is plugged in: the default VPC's subnet of its zone, and a firewall that lets only the caller in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import ProviderError, UnsupportedError
from cloudgpu.model import InstanceSpec
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.retry import until
from cloudgpu.rules.names import marks, resource_name

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, SubnetTypeDef, TagTypeDef

_SETTLES_WITHIN = 30.0


def subnet_of(ec2: EC2Client, region: str, zone: str) -> SubnetTypeDef:
    """The default subnet in the zone. UnsupportedError where the zone has none, ProviderError without a default VPC."""
    with aws_errors(region):
        found = ec2.describe_subnets(
            Filters=[{"Name": "default-for-az", "Values": ["true"]}, {"Name": "availability-zone", "Values": [zone]}]
        )["Subnets"]
        if found:
            return found[0]
        vpcs = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if vpcs:
        raise UnsupportedError(
            f"The default VPC has no subnet in {zone}.",
            remedy=f"aws ec2 create-default-subnet --region {region} --availability-zone {zone}",
        )
    raise ProviderError(
        f"The account has no default VPC in {region}.", remedy=f"aws ec2 create-default-vpc --region {region}"
    )


def open_firewall(ec2: EC2Client, spec: InstanceSpec, vpc_id: str) -> str:
    """The id of the launch's security group, made if it is not there: port 22 from `spec.caller_cidr`, no other."""
    name = resource_name(spec.launch_id, "ssh")
    tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in {"Name": name, **marks(spec)}.items()]
    with aws_errors(spec.offer.region, spec.offer):
        try:
            group = ec2.create_security_group(
                GroupName=name,
                Description=f"cloudgpu {spec.name}: SSH from the computer that launched it",
                VpcId=vpc_id,
                TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
            )["GroupId"]
        except ClientError as error:
            if code_of(error) != "InvalidGroup.Duplicate":
                raise
            group = _named(ec2, name)[0]
        until(
            lambda: _let_in(ec2, group, spec),
            within=_SETTLES_WITHIN,
            otherwise=lambda: ProviderError(
                f"AWS made the security group {name} and does not find it again.",
                remedy="Try again in a minute.",
                code="InvalidGroup.NotFound",
            ),
        )
    return group


def close_firewall(ec2: EC2Client, launch_id: str, region: str) -> bool:
    """Remove the launch's security group; False while a machine still uses it. Gone already is success."""
    with aws_errors(region):
        for group in _named(ec2, resource_name(launch_id, "ssh")):
            try:
                ec2.delete_security_group(GroupId=group)
            except ClientError as error:
                if code_of(error) in ("DependencyViolation", "InvalidGroup.InUse"):
                    return False
                if code_of(error) != "InvalidGroup.NotFound":
                    raise
    return True


def _let_in(ec2: EC2Client, group: str, spec: InstanceSpec) -> bool:
    """False while EC2 does not know the group yet, which it may have answered a moment ago."""
    ssh: IpPermissionTypeDef = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": spec.caller_cidr, "Description": "cloudgpu: the computer that launched it"}],
    }
    try:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])
    except ClientError as error:
        if code_of(error) == "InvalidGroup.NotFound":
            return False
        if code_of(error) != "InvalidPermission.Duplicate":
            raise
    return True


def _named(ec2: EC2Client, name: str) -> list[str]:
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    return [group["GroupId"] for group in found]
