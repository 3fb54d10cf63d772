"""The request that the launch of a spot instance makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal_ec2.bed import Bed, launch, named, seen, until_state
from tests.rehearsal_ec2.raw import signed
from tests.rehearsal_ec2.test_capacity import SPOT
from tests.rehearsal_ec2.test_permissions import refusal
from tests.rehearsal_ec2.test_strict import V

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

MARK = [{"ResourceType": "spot-instances-request", "Tags": [{"Key": "cloudgpu-name", "Value": "lynx"}]}]


def told(ec2: EC2Client, *filters: Any) -> list[Any]:
    return list(ec2.describe_spot_instance_requests(Filters=list(filters))["SpotInstanceRequests"])


def test_it_is_told_with_the_instance_and_ends_with_it(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, **SPOT, TagSpecifications=MARK)
    number = made["SpotInstanceRequestId"]
    assert seen(ec2, made["InstanceId"])["SpotInstanceRequestId"] == number
    (request,) = told(ec2, named("tag:cloudgpu-name", "ly*"), named("state", "active", "open"))
    assert (request["SpotInstanceRequestId"], request["InstanceId"]) == (number, made["InstanceId"])
    assert (request["State"], request["Status"]["Code"], request["Type"]) == ("active", "fulfilled", "one-time")
    assert request["Tags"] == MARK[0]["Tags"]
    until_state(ec2, made["InstanceId"], "running")
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    (request,) = told(ec2, named("spot-instance-request-id", number))
    assert (request["State"], request["Status"]["Code"]) == ("closed", "instance-terminated-by-user")


def test_cancelling_it_leaves_the_instance(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, **SPOT)
    number = made["SpotInstanceRequestId"]
    (row,) = ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[number])["CancelledSpotInstanceRequests"]
    assert row == {"SpotInstanceRequestId": number, "State": "cancelled"}
    (request,) = told(ec2, named("instance-id", made["InstanceId"]))
    assert (request["State"], request["Status"]["Code"]) == ("cancelled", "request-canceled-and-instance-running")
    until_state(ec2, made["InstanceId"], "running")
    bed.front.configure({"interrupt": [made["InstanceId"]]})
    (request,) = told(ec2, named("instance-id", made["InstanceId"]))
    assert request["Status"]["Code"] == "instance-terminated-no-capacity"


def test_requests_of_nobody(bed: Bed, ec2: EC2Client) -> None:
    for call in (ec2.describe_spot_instance_requests, ec2.cancel_spot_instance_requests):
        said = refusal(call, SpotInstanceRequestIds=["sir-12345678"])
        assert said[1:] == (
            "InvalidSpotInstanceRequestID.NotFound",
            "The spot instance request ID 'sir-12345678' does not exist",
        )
    assert refusal(ec2.describe_spot_instance_requests, DryRun=True)[1] == "DryRunOperation"
    assert "SpotInstanceRequestId" not in launch(bed, ec2)
    assert told(bed.client("ec2", "eu-west-1")) == []


@pytest.mark.parametrize("name", ["launch.key-name"])
def test_filters_that_are_not_emulated_say_so(bed: Bed, ec2: EC2Client, name: str) -> None:
    launch(bed, ec2, **SPOT)
    body = f"Action=DescribeSpotInstanceRequests{V}&Filter.1.Name={name}&Filter.1.Value.1=x"
    assert signed(bed, "ec2", body.encode()).code == "UnsupportedOperation"
