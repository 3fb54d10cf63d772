"""A machine's whole life, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial

import pytest

from cloudgpu.errors import CapacityError, CloudgpuError, MachineError, PermissionError_, ProviderError
from cloudgpu.model import Gpu, Instance, InstanceRef, InstanceSpec, Offer, State
from cloudgpu.protocols import HasConsole, HasHostKeys, HasLeftovers
from cloudgpu.providers.aws import removal
from cloudgpu.providers.aws.images import Image
from cloudgpu.providers.aws.instances import of_launch
from cloudgpu.providers.aws.ordering import order
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.retry import until
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud, by_hand

Make = Callable[..., InstanceSpec]


def too_slow() -> CloudgpuError:
    return MachineError("The embedded EC2 took too long.", remedy="Look at its log.")


@pytest.fixture
def make(aws: Aws, t4: dict[str, Offer]) -> Iterator[Make]:
    made: list[InstanceSpec] = []

    def spec(zone: str = "us-east-1a", **changes: object) -> InstanceSpec:
        made.append(samples.spec(t4[zone], **changes))  # type: ignore[arg-type]  # checked by samples.spec
        return made[-1]

    yield spec
    for one in made:
        aws.destroy(InstanceRef(one.name, one.launch_id, one.offer.region, one.offer.zone))


def running(aws: Aws, instance: Instance) -> Instance:
    def probe() -> Instance | None:
        found = aws.find(instance.ref)
        return found if found and found.state is State.RUNNING and found.host else None

    return until(probe, within=20, otherwise=too_slow)


def test_from_create_to_destroy(aws: Aws, cloud: Cloud, make: Make) -> None:
    assert isinstance(aws, HasHostKeys) and isinstance(aws, HasConsole) and isinstance(aws, HasLeftovers)
    expires = datetime(2031, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    spec = make(expires_at=expires)
    made = aws.create(spec)
    assert (made.state, made.ref.launch_id, made.user) == (State.PENDING, spec.launch_id, "cloudgpu")
    seen = running(aws, made)
    assert (seen.expires_at, seen.owner, seen.hourly) == (expires, spec.owner, spec.offer.hourly)
    assert (seen.host, seen.ssh_port) == ("127.0.0.1", 2222)
    assert list(aws.host_keys(seen.ref)) == [samples.HOST_KEY]
    assert list(aws.host_keys(replace(seen.ref, id=None))) == [samples.HOST_KEY]
    assert "Linux version" in aws.console(seen.ref)
    (guest,) = [guest for guest in cloud.guests.booted.values() if made.ref.id and made.ref.id in guest.id]
    assert (guest.user, guest.authorized_keys, guest.startup_script) == (
        "cloudgpu",
        (samples.PUBLIC_KEY,),
        spec.startup_script,
    )
    assert [line.split()[0] for line in aws.leftovers(spec.launch_id)] == ["instance", "disk", "security"]
    aws.destroy(made.ref)
    assert aws.find(made.ref) is None
    assert list(aws.leftovers(spec.launch_id)) == []
    assert (aws.console(made.ref), list(aws.host_keys(made.ref))) == ("", [])
    assert groups(aws, spec) == []
    aws.destroy(made.ref)


def test_everything_made_bears_the_marks(aws: Aws, make: Make) -> None:
    spec = make()
    aws.create(spec)
    ec2 = by_hand("us-east-1")
    mark = of_launch(spec.launch_id)
    (found,) = ec2.describe_instances(Filters=[mark])["Reservations"][0]["Instances"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    tags.pop("cloudgpu-ssh-port", None)  # the machine's own, as soon as its door is open
    assert tags == {
        "Name": spec.name,
        "cloudgpu-name": spec.name,
        "cloudgpu-launch-id": spec.launch_id,
        "cloudgpu-owner": spec.owner,
        "cloudgpu-expires": "never",
        "cloudgpu-user": "cloudgpu",
    }
    assert len(ec2.describe_volumes(Filters=[mark])["Volumes"]) == 1
    assert len(ec2.describe_network_interfaces(Filters=[mark])["NetworkInterfaces"]) == 1


def test_only_the_caller_may_knock(aws: Aws, make: Make) -> None:
    spec = make()
    aws.create(spec)
    (group,) = groups(aws, spec)
    (rule,) = by_hand("us-east-1").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 22, 22)
    assert [one["CidrIp"] for one in rule["IpRanges"]] == ["192.0.2.7/32"]
    assert not rule["Ipv6Ranges"]


def test_the_machine_ends_itself_and_takes_its_disk_along(aws: Aws, make: Make) -> None:
    made = aws.create(make())
    assert made.ref.id
    ec2 = by_hand("us-east-1")
    told = ec2.describe_instance_attribute(InstanceId=made.ref.id, Attribute="instanceInitiatedShutdownBehavior")
    assert told["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"
    (found,) = ec2.describe_instances(InstanceIds=[made.ref.id])["Reservations"][0]["Instances"]
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]
    (disk,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [made.ref.id]}])["Volumes"]
    assert (disk["VolumeType"], disk["Size"], disk["Iops"], disk["Throughput"]) == ("gp3", 100, 3000, 250)
    assert disk["Encrypted"]


def test_no_container_reads_what_the_metadata_service_tells_the_host() -> None:
    asked = order(samples.spec(samples.offer("us-east-1b")), Image("ami-1", "/dev/sda1", 35), "subnet-1", "sg-1")
    assert asked["MetadataOptions"] == {
        "HttpTokens": "required",
        "HttpEndpoint": "enabled",
        "HttpPutResponseHopLimit": 1,
    }
    assert len(asked["NetworkInterfaces"]) == 1
    assert not {"IamInstanceProfile", "KeyName", "InstanceMarketOptions"} & set(asked)


def test_a_disk_smaller_than_the_image_is_made_bigger(aws: Aws, make: Make) -> None:
    made = aws.create(replace(make(), disk_gb=8))
    assert made.ref.id
    (disk,) = by_hand("us-east-1").describe_volumes(Filters=[of_launch(made.ref.launch_id)])["Volumes"]
    assert disk["Size"] == 35


def test_a_spot_machine_is_one(aws: Aws, make: Make) -> None:
    spec = make()
    made = aws.create(replace(spec, offer=replace(spec.offer, spot=True)))
    assert made.spot
    assert running(aws, made).spot


def test_a_limit_on_the_price_holds_for_as_long_as_a_spot_machine_lives(aws: Aws, make: Make) -> None:
    spec = make()
    spot = replace(spec, offer=replace(spec.offer, spot=True))
    too_low = replace(spot, max_hourly=Decimal("0.001"))
    with pytest.raises(CapacityError) as caught:
        aws.create(too_low)
    assert caught.value.code == "SpotMaxPriceTooLow"
    assert aws.create(replace(spot, max_hourly=Decimal("0.50"), attempt=1)).spot


def test_why_the_cloud_ended_it_before_it_ran_is_told_once(aws: Aws, cloud: Cloud, make: Make) -> None:
    cloud.guests.broken = 1
    made = aws.create(make())
    with pytest.raises(CapacityError) as caught:
        running(aws, made)
    assert (caught.value.code, caught.value.brief) == (
        "Server.InternalError",
        "AWS could not start g4dn.xlarge in us-east-1a.",
    )
    until(lambda: aws.find(made.ref) is None, within=20, otherwise=too_slow)


def test_instances_lists_ours_in_every_region_and_nobody_elses(aws: Aws, make: Make) -> None:
    mine = aws.create(make())
    ec2 = by_hand("us-west-2")
    other = ec2.run_instances(ImageId=image_in(aws, "us-west-2"), InstanceType="t3.micro", MinCount=1, MaxCount=1)
    try:
        ids = [one.ref.id for one in aws.instances()]
        assert mine.ref.id in ids
        assert other["Instances"][0]["InstanceId"] not in ids
    finally:
        ec2.terminate_instances(InstanceIds=[other["Instances"][0]["InstanceId"]])


def test_a_region_that_a_policy_closes_hides_nothing_in_the_others(aws: Aws, cloud: Cloud, make: Make) -> None:
    mine = aws.create(make())
    deny = partial(cloud.fault, "DescribeInstances", code="UnauthorizedOperation", message="service control policy")
    deny(match={"region": "us-west-2"})
    assert mine.ref.id in [one.ref.id for one in aws.instances()]
    deny(match={"region": "us-west-2"})
    assert len(aws.leftovers(mine.ref.launch_id)) == 3
    deny(times=-1)
    with pytest.raises(PermissionError_) as caught:
        aws.leftovers(mine.ref.launch_id)
    assert "organization" in caught.value.brief
    cloud.world.faults.clear()


def test_a_type_that_the_table_does_not_know_is_listed_all_the_same(aws: Aws) -> None:
    ec2 = by_hand("us-east-1")
    small = ec2.run_instances(ImageId=image_in(aws, "us-east-1"), InstanceType="t3.micro", MinCount=1, MaxCount=1)
    made = small["Instances"][0]["InstanceId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "cloudgpu-launch-id", "Value": "from-another-version"}])
    (found,) = [one for one in aws.instances() if one.ref.id == made]
    assert (found.hourly, found.gpu, found.expires_at, found.owner) == (None, Gpu("GPU"), None, None)
    aws.destroy(found.ref)


def test_a_machine_that_takes_too_long_to_go_is_said_to_be_there(
    aws: Aws, cloud: Cloud, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = running(aws, aws.create(make()))
    monkeypatch.setattr(cloud.world.clock, "operation_seconds", 2.0)
    with monkeypatch.context() as patch, pytest.raises(ProviderError) as caught:
        patch.setattr(removal, "_GONE_WITHIN", 0.1)
        aws.destroy(made.ref)
    assert caught.value.remedy.endswith(f"cloudgpu destroy {made.ref.name}")
    found = aws.find(made.ref)
    assert found and found.state is State.STOPPING


def test_a_disk_attached_later_does_not_survive(aws: Aws, make: Make) -> None:
    spec = make()
    made = running(aws, aws.create(spec))
    ec2 = by_hand("us-east-1")
    disk = ec2.create_volume(AvailabilityZone=made.ref.zone, Size=10)["VolumeId"]
    ec2.create_tags(Resources=[disk], Tags=[{"Key": "cloudgpu-launch-id", "Value": spec.launch_id}])
    assert len(aws.leftovers(spec.launch_id)) == 4
    aws.destroy(made.ref)
    assert list(aws.leftovers(spec.launch_id)) == []


def groups(aws: Aws, spec: InstanceSpec) -> list[str]:
    name = f"cloudgpu-{spec.launch_id}-ssh"
    ec2 = by_hand(spec.offer.region)
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    return [group["GroupId"] for group in found]


def image_in(aws: Aws, region: str) -> str:
    return by_hand(region).describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
