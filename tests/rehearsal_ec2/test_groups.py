"""Security groups: in use, twice, described in characters that EC2 does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, until_state

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, IpRangeTypeDef


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def ssh(cidr: str, description: str = "me") -> IpPermissionTypeDef:
    ranges: list[IpRangeTypeDef] = [{"CidrIp": cidr, "Description": description}]
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}


def test_a_group_in_use_stays_until_its_instance_is_gone(bed: Bed, ec2: EC2Client) -> None:
    group = ec2.create_security_group(GroupName="busy", Description="x")["GroupId"]
    made = launch(bed, ec2, SecurityGroupIds=[group])["InstanceId"]
    until_state(ec2, made, "running")
    with pytest.raises(ClientError, match=f"resource {group} has a dependent object") as refused:
        ec2.delete_security_group(GroupId=group)
    assert refused.value.response["Error"]["Code"] == "DependencyViolation"
    bed.world.clock.change({"operation_seconds": 0.2})
    ec2.terminate_instances(InstanceIds=[made])
    assert code_of(lambda: ec2.delete_security_group(GroupId=group)) == "DependencyViolation"
    until_state(ec2, made, "terminated")
    ec2.delete_security_group(GroupId=group)
    assert code_of(lambda: ec2.delete_security_group(GroupId=group)) == "InvalidGroup.NotFound"
    assert code_of(lambda: ec2.describe_security_groups(GroupIds=[group])) == "InvalidGroup.NotFound"


def test_a_name_is_taken_once(bed: Bed, ec2: EC2Client) -> None:
    group = ec2.create_security_group(GroupName="once", Description="x")["GroupId"]
    with pytest.raises(ClientError, match="The security group 'once' already exists for VPC 'vpc-") as refused:
        ec2.create_security_group(GroupName="once", Description="x")
    assert refused.value.response["Error"]["Code"] == "InvalidGroup.Duplicate"
    ec2.delete_security_group(GroupName="once")
    assert code_of(lambda: ec2.delete_security_group(GroupId=group)) == "InvalidGroup.NotFound"


def test_a_rule_is_there_once(bed: Bed, ec2: EC2Client) -> None:
    group = ec2.create_security_group(GroupName="ruled", Description="x")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh("203.0.113.7/32")])
    again = {"GroupId": group, "IpPermissions": [ssh("203.0.113.7/32")]}
    assert code_of(lambda: bed.client("ec2").authorize_security_group_ingress(**again)) == "InvalidPermission.Duplicate"
    (told,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert told["IpPermissions"][0]["IpRanges"][0]["CidrIp"] == "203.0.113.7/32"
    ec2.delete_security_group(GroupId=group)


def test_descriptions_have_plain_characters(bed: Bed, ec2: EC2Client) -> None:
    create = ec2.create_security_group
    assert code_of(lambda: create(GroupName="plain", Description="it's mine")) == "InvalidParameterValue"
    assert code_of(lambda: create(GroupName="sg-plain", Description="x")) == "InvalidParameterValue"
    assert code_of(lambda: create(GroupName="x", Description="x", VpcId="vpc-01234567")) == "InvalidVpcID.NotFound"
    (default,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    group = default["GroupId"]
    quoted = ssh("203.0.113.7/32", "that's me")
    authorize = ec2.authorize_security_group_ingress
    assert code_of(lambda: authorize(GroupId=group, IpPermissions=[quoted])) == "InvalidParameterValue"
    assert code_of(lambda: ec2.delete_security_group(GroupId=group)) == "CannotDelete"
    assert code_of(lambda: ec2.delete_security_group()) == "MissingParameter"
