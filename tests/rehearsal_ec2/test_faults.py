"""Faults: stock-outs in EC2's words, answers that come late, and connections that end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.rehearsal_ec2.bed import Bed, launch, named, wait_for
from tests.rehearsal_ec2.raw import signed
from tests.rehearsal_ec2.test_launch import subnet_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def out_of_stock(zone: str) -> dict[str, object]:
    match = {"zone": zone, "instance_type": "g4dn.xlarge"}
    what = {"cloud": "aws", "operation": "RunInstances", "effect": "error"}
    return what | {"code": "InsufficientInstanceCapacity", "match": match, "times": -1}


def test_three_zones_out_of_stock_then_one_that_has_it(bed: Bed, ec2: EC2Client) -> None:
    for zone in ("us-east-1a", "us-east-1b", "us-east-1c"):
        bed.world.faults.add(out_of_stock(zone))
        with pytest.raises(ClientError) as refused:
            launch(bed, ec2, SubnetId=subnet_of(ec2, zone))
        answer = refused.value.response
        assert answer["Error"]["Code"] == "InsufficientInstanceCapacity"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert f"the Availability Zone you requested ({zone})" in answer["Error"]["Message"]
        assert "us-east-1d" in answer["Error"]["Message"]
    made = launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1d"))
    assert made["Placement"]["AvailabilityZone"] == "us-east-1d"


def test_a_lost_response_and_the_same_token_make_one_instance(bed: Bed, ec2: EC2Client) -> None:
    bed.world.faults.add({"cloud": "aws", "operation": "RunInstances", "effect": "lost_response"})
    wanted = {"ClientToken": "lost", "SubnetId": subnet_of(ec2, "us-east-1a"), "ImageId": bed.image()}
    with pytest.raises(ConnectionClosedError):
        launch(bed, ec2, **wanted)
    made = launch(bed, ec2, **wanted)["InstanceId"]
    alive = [named("instance-state-name", "pending", "running")]
    found = ec2.describe_instances(Filters=alive)["Reservations"]
    assert [i["InstanceId"] for r in found for i in r["Instances"]] == [made]


def test_a_refusal_can_be_lost_as_well(bed: Bed, ec2: EC2Client) -> None:
    image = bed.image()
    bed.front.configure({"capacity": {"dry": [{"zone": "*", "times": 1}]}})
    bed.world.faults.add({"cloud": "aws", "operation": "RunInstances", "effect": "lost_response"})
    with pytest.raises(ConnectionClosedError):
        launch(bed, ec2, ImageId=image)
    assert launch(bed, ec2, ImageId=image)["InstanceId"]


def test_a_reset_carries_nothing_out(bed: Bed, ec2: EC2Client) -> None:
    bed.world.faults.add({"cloud": "aws", "operation": "RunInstances", "effect": "reset"})
    with pytest.raises(ConnectionClosedError):
        launch(bed, ec2, ClientToken="reset")
    found = ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["reset"]}])
    assert found["Reservations"] == []


def test_a_timeout_is_held_until_the_caller_gives_up(bed: Bed, ec2: EC2Client) -> None:
    bed.world.faults.add({"cloud": "aws", "operation": "GetCallerIdentity", "effect": "timeout"})
    with pytest.raises(TimeoutError):
        signed(bed, "sts", b"Action=GetCallerIdentity&Version=2011-06-15", timeout=0.3)


def test_a_delayed_answer_comes_late_and_whole(bed: Bed) -> None:
    bed.world.faults.add({"cloud": "aws", "operation": "GetServiceQuota", "effect": "delay", "seconds": 0.3})
    begun = time.monotonic()
    found = bed.client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")
    assert time.monotonic() - begun >= 0.3
    assert found["Quota"]["Value"] == 64


@pytest.mark.parametrize(
    ("service", "operation", "call", "code"),
    [
        ("ec2", "DescribeRegions", "describe_regions", "UnauthorizedOperation"),
        ("sts", "GetCallerIdentity", "get_caller_identity", "ExpiredToken"),
        ("service-quotas", "ListServices", "list_services", "TooManyRequestsException"),
    ],
)
def test_an_error_comes_in_the_service_s_own_format(
    bed: Bed, service: str, operation: str, call: str, code: str
) -> None:
    fault = {"cloud": "aws", "operation": operation, "effect": "error", "code": code, "message": "as <said>"}
    bed.world.faults.add(fault | {"http_status": 403})
    with pytest.raises(ClientError) as refused:
        getattr(bed.client(service), call)()
    answer = refused.value.response
    assert answer["Error"] == answer["Error"] | {"Code": code, "Message": "as <said>"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_fault_can_match_a_parameter(bed: Bed, ec2: EC2Client) -> None:
    match = {"KeyName": "cursed", "region": "us-east-1"}
    bed.world.faults.add(
        {"cloud": "aws", "operation": "DeleteKeyPair", "effect": "error", "code": "InternalError", "match": match}
    )
    ec2.delete_key_pair(KeyName="other")
    with pytest.raises(ClientError, match="InternalError"):
        ec2.delete_key_pair(KeyName="cursed")


@pytest.mark.parametrize(("token", "made"), [("once", 1), ("", 2)])
def test_a_duplicate_is_carried_out_twice_unless_it_has_a_token(
    bed: Bed, ec2: EC2Client, token: str, made: int
) -> None:
    bed.world.faults.add({"cloud": "aws", "operation": "RunInstances", "effect": "duplicate"})
    said = signed(
        bed,
        "ec2",
        f"Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&ImageId={bed.image()}&InstanceType=g4dn.xlarge"
        f"{f'&ClientToken={token}' if token else ''}".encode(),
    )
    assert said.status == 200
    found = ec2.describe_instances(Filters=[named("instance-state-name", "pending", "running")])["Reservations"]
    assert len(found) == made


def test_a_late_response_is_carried_out_at_once(bed: Bed, ec2: EC2Client) -> None:
    image, begun = bed.image(), time.monotonic()
    bed.world.faults.add({"cloud": "aws", "operation": "RunInstances", "effect": "late_response", "seconds": 0.6})
    asking = threading.Thread(target=lambda: launch(bed, ec2, ImageId=image, ClientToken="late"))
    asking.start()
    wait_for(lambda: ec2.describe_instances(Filters=[named("client-token", "late")])["Reservations"])
    assert time.monotonic() - begun < 0.5
    asking.join()
    assert time.monotonic() - begun >= 0.6


def test_these_effects_are_for_aws_only(bed: Bed) -> None:
    for effect in ("duplicate", "late_response"):
        with pytest.raises(ValueError, match="is for aws only"):
            bed.world.faults.add({"cloud": "gcp", "operation": "compute.instances.insert", "effect": effect})
