"""What a launch becomes: a guest to log into, with the address, the tags and the disks that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, named, seen, until_state, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"


def subnet_of(ec2: EC2Client, zone: str) -> str:
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [zone]}])
    return found["Subnets"][0]["SubnetId"]


def test_it_is_pending_before_it_runs_and_its_guest_boots_then(bed: Bed, ec2: EC2Client) -> None:
    bed.world.clock.change({"operation_seconds": 1})
    made = launch(bed, ec2, UserData=f"#cloud-config\nssh_authorized_keys: ['{KEY}']\n")
    assert made["State"] == {"Code": 0, "Name": "pending"}
    assert seen(ec2, made["InstanceId"])["State"]["Name"] == "pending"
    assert not bed.guests.booted
    until_state(ec2, made["InstanceId"], "running")
    (guest,) = bed.guests.booted.values()
    assert guest.id == f"aws-{made['InstanceId']}"
    assert (guest.user, guest.authorized_keys, guest.gpus) == ("ubuntu", (KEY,), ("Tesla T4",))


def test_the_address_and_the_unusual_port_are_told_when_the_door_opens(bed: Bed, ec2: EC2Client) -> None:
    bed.guests.open_doors = False
    made = launch(bed, ec2)["InstanceId"]
    running = until_state(ec2, made, "running")
    assert "PublicIpAddress" not in running
    assert "Tags" not in running
    bed.guests.open_doors = True
    reached = seen(ec2, made)
    assert reached["PublicIpAddress"] == "127.0.0.1"
    assert reached["Tags"] == [{"Key": "cloudgpu-ssh-port", "Value": "2222"}]


def test_port_22_needs_no_tag(bed: Bed, ec2: EC2Client) -> None:
    bed.guests.port = 22
    running = until_state(ec2, launch(bed, ec2)["InstanceId"], "running")
    assert running["PublicIpAddress"] == "127.0.0.1"
    assert "Tags" not in running


def test_no_public_address_where_none_was_asked_for(bed: Bed, ec2: EC2Client) -> None:
    nic = {"DeviceIndex": 0, "SubnetId": subnet_of(ec2, "us-east-1a"), "AssociatePublicIpAddress": False}
    made = launch(bed, ec2, NetworkInterfaces=[nic])["InstanceId"]
    assert "PublicIpAddress" not in until_state(ec2, made, "running")
    assert bed.billed() == {"instance", "disk"}


def test_groups_of_the_interface_are_the_instances_groups_and_tags_are_kept(bed: Bed, ec2: EC2Client) -> None:
    group = ec2.create_security_group(GroupName="tagged", Description="for a test")["GroupId"]
    nic = {
        "DeviceIndex": 0,
        "SubnetId": subnet_of(ec2, "us-east-1b"),
        "Groups": [group],
        "AssociatePublicIpAddress": True,
    }
    tags = [{"Key": "cloudgpu-launch-id", "Value": "abc"}]
    kinds = ("instance", "volume", "network-interface")
    marks = [{"ResourceType": kind, "Tags": tags} for kind in kinds]
    made = launch(bed, ec2, NetworkInterfaces=[nic], TagSpecifications=marks)["InstanceId"]
    running = until_state(ec2, made, "running")
    assert running["SecurityGroups"] == [{"GroupId": group, "GroupName": "tagged"}]
    assert running["Placement"]["AvailabilityZone"] == "us-east-1b"
    tagged = [named("tag:cloudgpu-launch-id", "abc")]
    assert len(ec2.describe_volumes(Filters=tagged)["Volumes"]) == 1
    assert len(ec2.describe_network_interfaces(Filters=tagged)["NetworkInterfaces"]) == 1
    assert len(ec2.describe_instances(Filters=tagged)["Reservations"]) == 1
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    assert ec2.describe_volumes(Filters=tagged)["Volumes"] == []
    assert ec2.describe_network_interfaces(Filters=tagged)["NetworkInterfaces"] == []
    ec2.delete_security_group(GroupId=group)


def test_the_root_disk_is_what_was_asked_for(bed: Bed, ec2: EC2Client) -> None:
    disk = {"VolumeSize": 100, "VolumeType": "gp3", "Throughput": 250, "Iops": 3000, "Encrypted": True}
    made = launch(bed, ec2, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": disk}])
    mine = [named("attachment.instance-id", made["InstanceId"])]
    (volume,) = ec2.describe_volumes(Filters=mine)["Volumes"]
    assert {name: volume.get(name) for name in disk} == {**disk, "VolumeSize": None}
    assert volume["Size"] == 100
    assert made["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"] is True


def test_a_disk_that_is_to_stay_stays_and_is_billed(bed: Bed, ec2: EC2Client) -> None:
    disk = {"VolumeSize": 40, "DeleteOnTermination": False}
    made = launch(bed, ec2, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": disk}])["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])
    until_state(ec2, made, "terminated")
    (volume,) = ec2.describe_volumes()["Volumes"]
    assert volume["State"] == "available"
    assert bed.billed() == {"disk"}
    ec2.delete_volume(VolumeId=volume["VolumeId"])
    assert bed.billed() == set()


def test_an_imported_key_pair_lets_in_and_no_key_keeps_out(bed: Bed, ec2: EC2Client) -> None:
    ec2.import_key_pair(KeyName="mine", PublicKeyMaterial=KEY.encode())
    with_key, without = launch(bed, ec2, KeyName="mine"), launch(bed, ec2)
    for made in (with_key, without):
        until_state(ec2, made["InstanceId"], "running")
    assert bed.guests.booted[f"aws-{with_key['InstanceId']}"].authorized_keys == (KEY,)
    assert bed.guests.booted[f"aws-{without['InstanceId']}"].authorized_keys == ()
    ec2.delete_key_pair(KeyName="mine")


def test_spot_says_so_and_cannot_be_stopped(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, InstanceMarketOptions={"MarketType": "spot"})["InstanceId"]
    assert until_state(ec2, made, "running")["InstanceLifecycle"] == "spot"
    with pytest.raises(ClientError, match="one-time Spot Instance request") as refused:
        ec2.stop_instances(InstanceIds=[made])
    assert refused.value.response["Error"]["Code"] == "UnsupportedOperation"


def test_a_guest_that_does_not_boot_is_a_failed_launch(bed: Bed, ec2: EC2Client) -> None:
    bed.guests.refuse = "no space left on device"
    made = launch(bed, ec2)["InstanceId"]
    ended = until_state(ec2, made, "terminated")
    assert ended["StateReason"]["Code"] == "Server.InternalError"
    assert bed.billed() == set()


def test_each_gpu_of_a_large_type_is_named(bed: Bed, ec2: EC2Client) -> None:
    made = launch(bed, ec2, InstanceType="g5.12xlarge")["InstanceId"]
    wait_for(lambda: bed.guests.booted)
    assert bed.guests.booted[f"aws-{made}"].gpus == ("NVIDIA A10G",) * 4


def test_filters_take_wildcards_and_pages_are_turned(bed: Bed, ec2: EC2Client) -> None:
    made = {launch(bed, ec2, ClientToken=f"page-{n}")["InstanceId"] for n in range(6)}
    found = ec2.describe_instances(Filters=[{"Name": "instance-type", "Values": ["g4*"]}], MaxResults=5)
    assert len(found["Reservations"]) == 5
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "instance-type", "Values": ["g?dn.*"]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ],
        PaginationConfig={"PageSize": 5},
    )
    told = {i["InstanceId"] for page in pages for r in page["Reservations"] for i in r["Instances"]}
    assert told == made
    by_token = ec2.describe_instances(Filters=[{"Name": "client-token", "Values": ["page-3"]}])["Reservations"]
    assert len(by_token) == 1
    assert by_token[0]["Instances"][0]["CpuOptions"] == {"CoreCount": 2, "ThreadsPerCore": 2}
