"""Stop, start, reboot, terminate; what is told in between and who pays for what."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, seen, until_state, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def test_terminating_goes_through_shutting_down_and_can_be_said_twice(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    bed.world.clock.change({"operation_seconds": 0.3})
    (change,) = ec2.terminate_instances(InstanceIds=[made])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "shutting-down")
    assert "PublicIpAddress" not in seen(ec2, made)
    ended = until_state(ec2, made, "terminated")
    assert ended["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert bed.guests.halted == [f"aws-{made}"]
    (again,) = ec2.terminate_instances(InstanceIds=[made])["TerminatingInstances"]
    assert (again["PreviousState"]["Name"], again["CurrentState"]["Name"]) == ("terminated", "terminated")
    assert seen(ec2, made)["State"]["Name"] == "terminated"


def test_an_instance_can_be_terminated_before_it_runs(bed: Bed, ec2: EC2Client) -> None:
    bed.world.clock.change({"operation_seconds": 0.1})
    made = launch(bed, ec2)["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    assert not bed.guests.booted
    assert "instance" not in bed.billed()


def test_one_unknown_id_fails_them_all(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    with pytest.raises(ClientError, match="The instance ID 'i-0123456789abcdef0' does not exist") as refused:
        ec2.terminate_instances(InstanceIds=[made, "i-0123456789abcdef0"])
    assert refused.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"
    until_state(ec2, made, "running")
    with pytest.raises(ClientError, match="do not exist"):
        ec2.describe_instances(InstanceIds=["i-0123456789abcdef0", "i-0123456789abcdef1"])


def test_an_instance_of_another_region_is_not_there(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    west: EC2Client = bed.client("ec2", "us-west-2")
    with pytest.raises(ClientError, match="does not exist"):
        west.terminate_instances(InstanceIds=[made])


def test_termination_protection_holds(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, DisableApiTermination=True)["InstanceId"]
    with pytest.raises(ClientError) as refused:
        ec2.terminate_instances(InstanceIds=[made])
    assert refused.value.response["Error"]["Code"] == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=made, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[made])


def test_stop_and_start(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    until_state(ec2, made, "running")
    (change,) = ec2.stop_instances(InstanceIds=[made])["StoppingInstances"]
    assert change["CurrentState"]["Name"] == "stopping"
    stopped = until_state(ec2, made, "stopped")
    assert "PublicIpAddress" not in stopped
    assert "Tags" not in stopped
    assert bed.billed() == {"disk"}
    assert not bed.guests.booted
    with pytest.raises(ClientError) as refused:
        ec2.reboot_instances(InstanceIds=[made])
    assert refused.value.response["Error"]["Code"] == "IncorrectInstanceState"
    (change,) = ec2.start_instances(InstanceIds=[made])["StartingInstances"]
    assert change["CurrentState"]["Name"] == "pending"
    assert until_state(ec2, made, "running")["PublicIpAddress"] == "127.0.0.1"
    ec2.reboot_instances(InstanceIds=[made])
    assert bed.billed() == {"instance", "disk", "address"}


def test_what_is_over_cannot_be_started_or_stopped(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    for call in (ec2.start_instances, ec2.stop_instances):
        with pytest.raises(ClientError, match="is not in a state from which it can be"):
            call(InstanceIds=[made])


def test_what_ended_an_hour_ago_is_forgotten(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    machine = bed.front._machines.get(made)
    assert machine is not None
    machine.ended_at -= 3601
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.describe_instances(InstanceIds=[made])


def test_a_dry_run_changes_nothing(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2)["InstanceId"]
    for call in (ec2.terminate_instances, ec2.describe_instances):
        with pytest.raises(ClientError, match="DryRunOperation"):
            call(InstanceIds=[made], DryRun=True)
    with pytest.raises(ClientError, match="DryRunOperation"):
        ec2.get_console_output(InstanceId=made, DryRun=True)
    until_state(ec2, made, "running")


def test_the_ledger_names_each_thing_and_its_price(bed: Bed, ec2: EC2Client) -> None:
    tags = [{"Key": "cloudgpu-name", "Value": "quiet-otter"}]
    marks = [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")]
    made = launch(bed, ec2, TagSpecifications=marks)["InstanceId"]
    wait_for(lambda: bed.billed() == {"instance", "disk", "address"})
    rows = {row["kind"]: row for row in bed.world.ledger.rows() if row["ended_at"] is None}
    assert rows["instance"]["id"] == made
    assert {row["name"] for row in rows.values()} == {"quiet-otter"}
    ec2.terminate_instances(InstanceIds=[made])
    assert "instance" not in bed.billed()
    wait_for(lambda: bed.billed() == set())


def test_volumes_snapshots_and_addresses_of_one_s_own_are_billed(bed: Bed, ec2: EC2Client) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10, VolumeType="gp3")["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    address = ec2.allocate_address()["AllocationId"]
    assert bed.billed() == {"disk", "snapshot", "address"}
    ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.delete_volume(VolumeId=volume)
    ec2.release_address(AllocationId=address)
    assert bed.billed() == set()


def test_many_at_once(bed: Bed, ec2: EC2Client) -> None:
    image, made, lost = bed.image(), [], []

    def one(number: int) -> None:
        try:
            made.append(launch(bed, ec2, ImageId=image, ClientToken=f"crowd-{number % 4}")["InstanceId"])
        except ClientError as refused:
            lost.append(refused)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert len(made) == 8
    assert len(set(made)) == 4


def test_a_new_account_sees_the_regions_that_are_enabled(ec2: EC2Client) -> None:
    names = {one["RegionName"] for one in ec2.describe_regions()["Regions"]}
    every = {one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert len(names) == 17
    assert {"us-east-1", "eu-north-1"} <= names
    assert "af-south-1" not in names
    assert every["af-south-1"] == "not-opted-in"
    assert not [name for name in every if name.startswith("cn-")]
