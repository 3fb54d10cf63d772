"""Instances that end by themselves: AWS takes a spot instance back, a guest powers itself off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal_ec2.bed import Bed, launch, seen, until_state
from tests.rehearsal_ec2.test_capacity import SPOT

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def test_a_spot_instance_is_taken_back(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, **SPOT)["InstanceId"]
    until_state(ec2, made, "running")
    bed.front.configure({"interrupt": [made]})
    assert seen(ec2, made)["State"]["Name"] == "shutting-down"
    ended = until_state(ec2, made, "terminated")
    assert ended["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    assert bed.billed() == set()
    assert bed.guests.halted == [f"aws-{made}"]


@pytest.mark.parametrize(
    ("wanted", "end", "billed"),
    [
        ({"InstanceInitiatedShutdownBehavior": "terminate"}, "terminated", set()),
        ({"InstanceInitiatedShutdownBehavior": "stop"}, "stopped", {"disk"}),
        ({}, "stopped", {"disk"}),
        (SPOT, "terminated", set()),
    ],
)
@pytest.mark.parametrize("by", ["guest", "setting"])
def test_a_guest_powers_itself_off(
    bed: Bed, ec2: EC2Client, wanted: dict[str, object], end: str, billed: set[str], by: str
) -> None:
    made = launch(bed, ec2, **wanted)["InstanceId"]
    until_state(ec2, made, "running")
    if by == "guest":
        del bed.guests.booted[f"aws-{made}"]
    else:
        bed.front.configure({"power_off": [made]})
    over = until_state(ec2, made, end)
    assert over["StateReason"] == {
        "Code": "Client.InstanceInitiatedShutdown",
        "Message": "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
    }
    assert bed.billed() == billed


def test_an_incident_wants_an_instance_that_runs(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    with pytest.raises(ValueError, match="takes spot instances"):
        bed.front.configure({"interrupt": [made]})
    for unknown in ("i-0123456789abcdef0", "all"):
        with pytest.raises(ValueError, match="not the id of an instance that runs"):
            bed.front.configure({"power_off": [unknown]})
    with pytest.raises(ValueError, match="takes a list"):
        bed.front.configure({"interrupt": made})
    assert seen(ec2, made)["State"]["Name"] == "running"


def test_a_start_counts_against_the_quota_again(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    ec2.stop_instances(InstanceIds=[made])
    until_state(ec2, made, "stopped")
    bed.front.configure({"quotas": {"L-DB2E81BA": 0}})
    with pytest.raises(ec2.exceptions.ClientError, match="VcpuLimitExceeded"):
        ec2.start_instances(InstanceIds=[made])
    assert seen(ec2, made)["State"]["Name"] == "stopped"
