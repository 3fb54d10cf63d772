"""Launches that EC2 refuses, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch
from tests.rehearsal_ec2.test_launch import subnet_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


INITIALIZED = {"VolumeInitializationRate": 200}


def refused(bed: Bed, ec2: EC2Client, **wanted: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as no:
        launch(bed, ec2, **wanted)
    error = no.value.response["Error"]
    return error["Code"], error["Message"]


def root(**disk: object) -> list[dict[str, object]]:
    return [{"DeviceName": "/dev/sda1", "Ebs": disk}]


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound", "'[ami-0123456789abcdef0]' does not exist"),
        ({"ImageId": "my-image"}, "InvalidAMIID.Malformed", '(expecting "ami-...")'),
        ({"InstanceType": "g99.xlarge"}, "InvalidParameterValue", "Invalid value 'g99.xlarge' for InstanceType."),
        ({"InstanceType": "g5g.xlarge"}, "InvalidParameterValue", "'arm64' of the specified instance type"),
        ({"InstanceType": "p2.xlarge"}, "Unsupported", "The requested configuration is currently not supported."),
        ({"BlockDeviceMappings": root(VolumeSize=20)}, "InvalidBlockDeviceMapping", "expect size >= 35GB"),
        (
            {"BlockDeviceMappings": root(VolumeSize=50, VolumeType="gp3", Throughput=800)},
            "InvalidParameterValue",
            "is too high; maximum is 0.250000 MiBps per iops",
        ),
        (
            {"BlockDeviceMappings": root(VolumeSize=70_000, VolumeType="gp3")},
            "InvalidParameterValue",
            "Volume of 70000GiB is too large for volume type gp3; maximum is 65536GiB.",
        ),
        (
            {"BlockDeviceMappings": root(VolumeSize=50, VolumeType="gp3", Iops=1000)},
            "InvalidParameterValue",
            "Volume iops of 1000 is too low; minimum is 3000.",
        ),
        (
            {"BlockDeviceMappings": root(VolumeSize=500, VolumeType="gp3", Iops=90_000)},
            "InvalidParameterValue",
            "Volume iops of 90000 is too high; maximum is 80000.",
        ),
        (
            {"BlockDeviceMappings": root(VolumeSize=50, VolumeType="gp3", Throughput=2500, Iops=10_000)},
            "InvalidParameterValue",
            "Volume throughput of 2500 is too high; maximum is 2000.",
        ),
        (
            {"BlockDeviceMappings": root(VolumeSize=35, VolumeType="gp3", Iops=20_000)},
            "InvalidParameterValue",
            "Iops to volume size ratio of 571.428571 is too high; maximum is 500.000000",
        ),
        (
            {"BlockDeviceMappings": root(VolumeInitializationRate=50)},
            "InvalidParameterValue",
            "between 100 and 300",
        ),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 9, **INITIALIZED}}]},
            "InvalidParameterCombination",
            "volumeInitializationRate",
        ),
        ({"InstanceMarketOptions": {"MarketType": "capacity-block"}}, "UnsupportedOperation", "capacity-block"),
        (
            {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "persistent"}}},
            "UnsupportedOperation",
            "persistent",
        ),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf"}]}, "MissingParameter", "ebs"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp3"}}]},
            "MissingParameter",
            "size or snapshotId",
        ),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}]},
            "InvalidSnapshot.NotFound",
            "does not exist",
        ),
        ({"UserData": "x" * 16385}, "InvalidUserData.Malformed", "User data is limited to 16384 bytes"),
        ({"KeyName": "lost"}, "InvalidKeyPair.NotFound", "The key pair 'lost' does not exist"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound", "does not exist"),
        ({"Placement": {"AvailabilityZone": "us-east-1z"}}, "InvalidParameterValue", "[us-east-1z]"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound", "does not exist"),
        ({"SecurityGroupIds": ["web"]}, "InvalidGroupId.Malformed", '(expecting "sg-...")'),
        ({"SecurityGroups": ["web"]}, "InvalidGroup.NotFound", "does not exist in default VPC"),
        ({"MinCount": 2}, "InvalidParameterValue", "minCount"),
        ({"DryRun": True}, "DryRunOperation", "Request would have succeeded"),
        (
            {
                "MetadataOptions": {"InstanceMetadataTags": "enabled"},
                "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Patch Group", "Value": "a"}]}],
            },
            "InvalidParameterValue",
            "'Patch Group' is not a valid tag key.",
        ),
        (
            {"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "aws:mine", "Value": "a"}]}]},
            "InvalidParameterValue",
            "reserved for internal use",
        ),
        (
            {"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "k", "Value": "v" * 257}]}]},
            "InvalidParameterValue",
            "tag",
        ),
        ({"ImageId": "resolve:ssm:/aws/x"}, "UnsupportedOperation", "resolve:ssm:"),
        ({"IamInstanceProfile": {"Name": "lost"}}, "InvalidParameterValue", "Invalid IAM Instance Profile name"),
    ],
)
def test_refused_launches(bed: Bed, ec2: EC2Client, wanted: dict[str, Any], code: str, words: str) -> None:
    said = refused(bed, ec2, **wanted)
    assert said[0] == code
    assert words in said[1]
    assert (
        ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])[
            "Reservations"
        ]
        == []
    )
    assert bed.billed() == set()


def test_a_type_that_the_zone_does_not_sell(bed: Bed, ec2: EC2Client) -> None:
    sold = {
        one["Location"]
        for one in ec2.describe_instance_type_offerings(
            LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["g4dn.xlarge"]}]
        )["InstanceTypeOfferings"]
    }
    zones = {one["ZoneName"] for one in ec2.describe_availability_zones()["AvailabilityZones"]}
    (missing,) = zones - sold
    code, words = refused(bed, ec2, SubnetId=subnet_of(ec2, missing))
    assert code == "Unsupported"
    assert words.startswith(
        f"Your requested instance type (g4dn.xlarge) is not supported in your requested Availability Zone ({missing})."
        " Please retry your request by not specifying an Availability Zone or choosing "
    )
    assert all(zone in words for zone in sold)


def test_an_interface_takes_subnet_and_groups_to_itself(bed: Bed, ec2: EC2Client) -> None:
    subnet = subnet_of(ec2, "us-east-1a")
    nic = {"DeviceIndex": 0, "SubnetId": subnet}
    code, words = refused(bed, ec2, NetworkInterfaces=[nic], SubnetId=subnet)
    assert code == "InvalidParameterCombination"
    assert "an instance-level subnet ID" in words
    code, words = refused(bed, ec2, NetworkInterfaces=[nic], SecurityGroupIds=["sg-0123456789abcdef0"])
    assert "an instance-level security groups" in words
    two = [nic | {"AssociatePublicIpAddress": True}, {"DeviceIndex": 1, "SubnetId": subnet}]
    assert "multiple network interfaces" in refused(bed, ec2, NetworkInterfaces=two)[1]
    assert refused(bed, ec2, NetworkInterfaces=[{"SubnetId": subnet}])[0] == "MissingParameter"


def test_a_group_of_another_network_does_not_fit(bed: Bed, ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="elsewhere", Description="x", VpcId=vpc)["GroupId"]
    code, words = refused(bed, ec2, SecurityGroupIds=[group])
    assert code == "InvalidParameter"
    assert "belong to different networks" in words
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)


def test_arm_runs_with_an_arm_image(bed: Bed, ec2: EC2Client) -> None:
    assert launch(bed, ec2, InstanceType="g5g.xlarge", ImageId=bed.image("arm64"))["Architecture"] == "arm64"
