"""ClientToken: the same launch twice is one launch; another zone is another launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, until_state
from tests.rehearsal_ec2.test_launch import subnet_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def test_the_same_request_gives_the_same_instance_in_its_state_of_now(bed: Bed, ec2: EC2Client) -> None:
    first = launch(bed, ec2, ClientToken="same", SubnetId=subnet_of(ec2, "us-east-1a"))
    until_state(ec2, first["InstanceId"], "running")
    again = launch(bed, ec2, ClientToken="same", SubnetId=subnet_of(ec2, "us-east-1a"))
    assert again["InstanceId"] == first["InstanceId"]
    assert again["State"]["Name"] == "running"
    assert len(bed.guests.booted) == 1


def test_other_arguments_in_the_same_zone_are_a_mismatch(bed: Bed, ec2: EC2Client) -> None:
    launch(bed, ec2, ClientToken="mixed", SubnetId=subnet_of(ec2, "us-east-1a"))
    with pytest.raises(ClientError) as refused:
        launch(bed, ec2, ClientToken="mixed", SubnetId=subnet_of(ec2, "us-east-1a"), InstanceType="g4dn.2xlarge")
    assert refused.value.response["Error"]["Code"] == "IdempotentParameterMismatch"


def test_another_zone_is_another_instance(bed: Bed, ec2: EC2Client) -> None:
    made = {
        launch(bed, ec2, ClientToken="zonal", SubnetId=subnet_of(ec2, zone))["InstanceId"]
        for zone in ("us-east-1a", "us-east-1b")
    }
    assert len(made) == 2


def test_without_a_zone_the_token_holds_for_the_region(bed: Bed, ec2: EC2Client) -> None:
    assert launch(bed, ec2, ClientToken="reg")["InstanceId"] == launch(bed, ec2, ClientToken="reg")["InstanceId"]


def test_the_token_of_a_terminated_instance_is_spent(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, ClientToken="spent")["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    with pytest.raises(ClientError) as refused:
        launch(bed, ec2, ClientToken="spent")
    assert refused.value.response["Error"]["Code"] == "IdempotentInstanceTerminated"


def test_a_refused_launch_does_not_spend_its_token(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"quotas": {"L-DB2E81BA": 0}})
    with pytest.raises(ClientError):
        launch(bed, ec2, ClientToken="kept")
    bed.front.configure({"quotas": {"L-DB2E81BA": 4}})
    assert launch(bed, ec2, ClientToken="kept")["State"]["Name"] == "pending"


def test_a_token_has_64_characters_at_most(bed: Bed, ec2: EC2Client) -> None:
    with pytest.raises(ClientError, match="clientToken"):
        launch(bed, ec2, ClientToken="x" * 65)
