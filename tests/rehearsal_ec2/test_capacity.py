"""Pools that have nothing to give: refused at once, refused late, and where EC2 may choose the zone, passed over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, seen, until_state
from tests.rehearsal_ec2.test_launch import subnet_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

SPOT = {"InstanceMarketOptions": {"MarketType": "spot"}}


def dry(bed: Bed, *rules: dict[str, object], **more: object) -> None:
    bed.front.configure({"capacity": {"dry": list(rules)} | more})


def no(bed: Bed, ec2: EC2Client, **wanted: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        launch(bed, ec2, **wanted)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_dry_pool_refuses_and_nothing_is_made(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "us-east-1a", "type": "g4dn.*"}, {"zone": "us-east-1c", "type": "g4dn.xlarge"})
    status, code, words = no(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1a"))
    assert (status, code) == (500, "InsufficientInstanceCapacity")
    assert words == (
        "We currently do not have sufficient g4dn.xlarge capacity in the Availability Zone you requested (us-east-1a)."
        " Our system will be working on provisioning additional capacity. You can currently get g4dn.xlarge capacity by"
        " not specifying an Availability Zone in your request or choosing us-east-1b, us-east-1d, us-east-1f."
    )
    assert bed.billed() == set()
    assert launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1b"))["InstanceId"]


def test_a_refusal_without_a_hint_and_with_another_status(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "us-east-1a"}, hint=False, http_status=503)
    status, code, words = no(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1a"))
    assert (status, code) == (503, "InsufficientInstanceCapacity")
    assert words.endswith("Our system will be working on provisioning additional capacity.")


def test_other_codes(bed: Bed, ec2: EC2Client) -> None:
    subnet = subnet_of(ec2, "us-east-1a")
    dry(bed, {"zone": "us-east-1a"}, code="Unsupported")
    status, code, words = no(bed, ec2, SubnetId=subnet)
    assert (status, code) == (400, "Unsupported")
    assert "(g4dn.xlarge) is not supported in your requested Availability Zone (us-east-1a)" in words
    assert "choosing us-east-1b" in words
    dry(bed, {"zone": "us-east-1a"}, code="InsufficientCapacity")
    assert no(bed, ec2, SubnetId=subnet) == (500, "InsufficientCapacity", "Insufficient capacity.")


def test_spot_and_on_demand_are_different_pools(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"market": "spot"})
    assert no(bed, ec2, **SPOT)[1:] == (
        "InsufficientInstanceCapacity",
        "There is no Spot capacity available that matches your request.",
    )
    assert launch(bed, ec2)["InstanceId"]
    dry(bed, {"market": "on-demand"})
    assert launch(bed, ec2, **SPOT)["InstanceLifecycle"] == "spot"


def test_times_are_used_up_by_refusals_only(bed: Bed, ec2: EC2Client) -> None:
    subnet = subnet_of(ec2, "us-east-1a")
    dry(bed, {"zone": "us-east-1a", "times": 2})
    launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1b"))
    assert no(bed, ec2, SubnetId=subnet)[1] == "InsufficientInstanceCapacity"
    assert no(bed, ec2, SubnetId=subnet)[1] == "InsufficientInstanceCapacity"
    assert launch(bed, ec2, SubnetId=subnet)["Placement"]["AvailabilityZone"] == "us-east-1a"


def test_without_a_zone_the_dry_ones_are_passed_over(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "us-east-1[abcd]"})
    assert launch(bed, ec2)["Placement"]["AvailabilityZone"] == "us-east-1f"
    dry(bed, {"zone": "us-east-1?"})
    assert no(bed, ec2)[2] == (
        "We currently do not have sufficient g4dn.xlarge capacity in zones with support for 'gp3' volumes."
        " Our system will be working on provisioning additional capacity."
    )


def test_a_refusal_does_not_use_its_token_up(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "us-east-1a", "times": 1})
    wanted = {"SubnetId": subnet_of(ec2, "us-east-1a"), "ClientToken": "again"}
    assert no(bed, ec2, **wanted)[1] == "InsufficientInstanceCapacity"
    assert launch(bed, ec2, **wanted)["InstanceId"] == launch(bed, ec2, **wanted)["InstanceId"]


def test_a_quota_of_nothing_is_told_before_a_lack_of_capacity(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "*"})
    bed.front.configure({"quotas": {"L-DB2E81BA": 0}})
    assert no(bed, ec2)[1] == "VcpuLimitExceeded"


def test_late_the_launch_is_accepted_and_the_instance_ends_before_it_runs(bed: Bed, ec2: EC2Client) -> None:
    dry(bed, {"zone": "us-east-1a", "late": True, "times": 1})
    made = launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1a"))
    assert made["State"]["Name"] == "pending"
    ended = until_state(ec2, made["InstanceId"], "terminated")
    assert ended["StateReason"] == {
        "Code": "Server.InsufficientInstanceCapacity",
        "Message": "Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request",
    }
    assert bed.billed() == set()
    assert not bed.guests.booted
    again = launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1a"))["InstanceId"]
    until_state(ec2, again, "running")


def test_a_stopped_instance_starts_in_its_own_zone_or_not(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, SubnetId=subnet_of(ec2, "us-east-1a"))["InstanceId"]
    until_state(ec2, made, "running")
    ec2.stop_instances(InstanceIds=[made])
    until_state(ec2, made, "stopped")
    dry(bed, {"zone": "us-east-1a"})
    with pytest.raises(ClientError, match=r"\(InsufficientInstanceCapacity\).*Insufficient capacity\."):
        ec2.start_instances(InstanceIds=[made])
    assert seen(ec2, made)["State"]["Name"] == "stopped"
    dry(bed, {"zone": "us-east-1a", "late": True})
    ec2.start_instances(InstanceIds=[made])
    stopped = until_state(ec2, made, "stopped")
    assert stopped["StateReason"]["Code"] == "Server.InsufficientInstanceCapacity"
    dry(bed)
    ec2.start_instances(InstanceIds=[made])
    until_state(ec2, made, "running")


def test_a_refusal_takes_its_time_and_holds_nobody_up(bed: Bed, ec2: EC2Client) -> None:
    import threading

    subnet, image = subnet_of(ec2, "us-east-1a"), bed.image()
    dry(bed, {"zone": "us-east-1a"}, seconds=0.5)
    refused = threading.Thread(target=lambda: no(bed, ec2, SubnetId=subnet, ImageId=image))
    begun = time.monotonic()
    refused.start()
    ec2.describe_instances()
    assert time.monotonic() - begun < 0.4
    refused.join()
    assert time.monotonic() - begun >= 0.5


@pytest.mark.parametrize(
    "wanted",
    [
        {"dry": {}},
        {"dry": [{}]},
        {"dry": [{"zone": ""}]},
        {"dry": [{"times": 1}]},
        {"dry": [{"zone": "*", "times": True}]},
        {"dry": [{"zone": "*", "late": 1}]},
        {"dry": [{"pool": "*"}]},
        {"code": "Shy"},
        {"http_status": 404},
        {"seconds": -1},
        {"hint": "yes"},
        {"wet": []},
        [],
    ],
)
def test_what_is_no_capacity(bed: Bed, wanted: object) -> None:
    with pytest.raises(ValueError, match="capacity"):
        bed.front.configure({"capacity": wanted})
