"""The serial console: where the host keys are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import HOST_KEY, Bed, launch, until_state, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def test_what_a_machine_wrote_is_there_before_its_door_opens(bed: Bed, ec2: EC2Client) -> None:
    bed.guests.open_doors = False
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    said = ec2.get_console_output(InstanceId=made, Latest=True)
    assert f"-----BEGIN SSH HOST KEY KEYS-----\r\n{HOST_KEY}\r\n" in said["Output"]
    assert said["InstanceId"] == made
    assert said["Timestamp"].year >= 2026


def test_without_latest_it_comes_minutes_later(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    assert ec2.get_console_output(InstanceId=made)["Output"] == ""
    bed.front.configure({"console_lag_seconds": 0})
    assert HOST_KEY in ec2.get_console_output(InstanceId=made)["Output"]


def test_even_the_latest_can_be_behind(bed: Bed, ec2: EC2Client) -> None:
    def latest() -> str:
        return str(ec2.get_console_output(InstanceId=made, Latest=True).get("Output", ""))

    bed.front.configure({"latest_lag_seconds": 0.5})
    bed.guests.chatter = "early"
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    assert latest() == ""
    wait_for(latest)
    bed.guests.chatter = "late"
    assert "early" in latest()
    wait_for(lambda: "late" in latest())


def test_64_kb_of_the_end_is_kept(bed: Bed, ec2: EC2Client) -> None:
    bed.guests.chatter = "x" * 100_000
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    output = ec2.get_console_output(InstanceId=made, Latest=True)["Output"]
    assert len(output) == 65536
    assert HOST_KEY in output


def test_latest_needs_a_nitro_type(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, InstanceType="t2.micro")["InstanceId"]
    with pytest.raises(ClientError, match="latest console logs") as refused:
        ec2.get_console_output(InstanceId=made, Latest=True)
    assert refused.value.response["Error"]["Code"] == "UnsupportedOperation"


def test_no_instance_no_console(ec2: EC2Client) -> None:
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.get_console_output(InstanceId="i-0123456789abcdef0")
