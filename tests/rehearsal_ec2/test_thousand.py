"""A thousand tagged instances over seventeen regions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from cloudgpu.rehearsal.ec2.regions import ENABLED
from tests.rehearsal_ec2.bed import Bed, named
from tests.rehearsal_ec2.raw import signed
from tests.rehearsal_ec2.test_strict import V

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

EACH = 59
MARKED = named("tag-key", "crowd")  # of these tests only: what others terminated is listed for a while
ASKING = f"Action=DescribeInstances{V}&MaxResults=1000&Filter.1.Name=tag-key&Filter.1.Value.1=crowd".encode()


@pytest.fixture(scope="module")
def thousand(standing_bed: Bed) -> Iterator[Bed]:
    """Put in through the API."""
    bed = standing_bed
    bed.world.clock.change({"operation_seconds": 0})
    bed.front.configure({"quotas": {"L-DB2E81BA": 1_000_000}})
    marks: Any = [{"ResourceType": "instance", "Tags": [{"Key": "crowd", "Value": "yes"}]}]
    ids = {}
    for region in sorted(ENABLED):
        made = bed.client("ec2", region).run_instances(
            ImageId=bed.image(region=region),
            InstanceType="g4dn.xlarge",
            MinCount=EACH,
            MaxCount=EACH,
            TagSpecifications=marks,
        )
        ids[region] = [one["InstanceId"] for one in made["Instances"]]
    yield bed
    for region, some in ids.items():
        bed.client("ec2", region).terminate_instances(InstanceIds=some)
    bed.front.configure({"quotas": None})
    bed.world.clock.change({"operation_seconds": 0.02})


def test_all_are_listed_and_the_same_when_asked_again(thousand: Bed) -> None:
    texts = [signed(thousand, "ec2", ASKING, region=region).body for region in ENABLED]
    read = [len(ElementTree.fromstring(text).findall(".//{*}instanceId")) for text in texts]
    assert read == [EACH] * len(ENABLED)
    again = [signed(thousand, "ec2", ASKING, region=region).body for region in ENABLED]
    assert [len(text) for text in again] == [len(text) for text in texts]


def test_what_changes_is_told_anew(thousand: Bed) -> None:
    east: EC2Client = thousand.client("ec2")
    (one, *_) = east.describe_instances(Filters=[MARKED])["Reservations"][0]["Instances"]
    east.create_tags(Resources=[one["InstanceId"]], Tags=[{"Key": "late", "Value": "yes"}])
    told = east.describe_instances(Filters=[named("tag:late", "yes")])["Reservations"][0]["Instances"]
    assert [each["InstanceId"] for each in told] == [one["InstanceId"]]
    assert {"Key": "late", "Value": "yes"} in told[0]["Tags"]
    (whole,) = east.describe_instances(Filters=[MARKED])["Reservations"]
    assert len(whole["Instances"]) == EACH
    assert sum({"Key": "late", "Value": "yes"} in each["Tags"] for each in whole["Instances"]) == 1
