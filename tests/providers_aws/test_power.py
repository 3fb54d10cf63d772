"""Off, so that only the disk is billed, and on again where there is room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudgpu.errors import CapacityError, NotFoundError, ProviderError, UsageError
from cloudgpu.model import InstanceRef, InstanceSpec, Offer, State
from cloudgpu.protocols import CanStop
from cloudgpu.providers.aws import power
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.retry import until
from cloudgpu.testing import samples
from cloudgpu.testing.contract import Fixtures, ref_of
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_launch import groups

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

HERE, THERE = "192.0.2.7/32", "198.51.100.9/32"
NOWHERE = InstanceRef("x", "never-there", "us-east-1", "us-east-1a")


@pytest.fixture
def made(aws: Aws, t4: dict[str, Offer]) -> Iterator[InstanceSpec]:
    spec = samples.spec(t4["us-east-1b"])
    aws.create(spec)
    until(lambda: state(aws, spec) is State.RUNNING, within=20, otherwise=Fixtures.too_slow)
    yield spec
    aws.destroy(ref_of(spec))


@pytest.fixture
def no_room(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.configure(capacity=None)


def state(aws: Aws, spec: InstanceSpec) -> State | None:
    found = aws.find(ref_of(spec))
    return found.state if found else None


def allowed(aws: Aws, spec: InstanceSpec) -> list[str]:
    (group,) = groups(aws, spec)
    (told,) = by_hand(spec.offer.region).describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert {(rule["FromPort"], rule["ToPort"]) for rule in told["IpPermissions"]} == {(22, 22)}
    return sorted(one["CidrIp"] for rule in told["IpPermissions"] for one in rule["IpRanges"])


def test_off_and_on_again(aws: Aws, cloud: Cloud, made: InstanceSpec) -> None:
    assert isinstance(aws, CanStop)
    ref = ref_of(made)
    aws.stop(ref)
    assert state(aws, made) is State.STOPPED
    aws.stop(ref)
    again = aws.start(ref, caller_cidr=HERE)
    assert again.state in (State.PENDING, State.RUNNING)
    assert aws.start(ref, caller_cidr=HERE).ref == again.ref, "on already is success"


def test_who_comes_back_from_elsewhere_is_let_in_from_there_and_no_more_from_where_it_was(
    aws: Aws, made: InstanceSpec
) -> None:
    (group,) = groups(aws, made)
    colleague: IpPermissionTypeDef = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "203.0.113.4/32", "Description": "Bob"}],
    }
    by_hand("us-east-1").authorize_security_group_ingress(GroupId=group, IpPermissions=[colleague])
    aws.stop(ref_of(made))
    aws.start(ref_of(made), caller_cidr=THERE)
    assert allowed(aws, made) == [THERE, "203.0.113.4/32"]


def test_a_launch_that_is_resumed_from_elsewhere_lets_only_that_place_in(aws: Aws, made: InstanceSpec) -> None:
    aws.create(replace(made, caller_cidr=THERE))
    assert allowed(aws, made) == [THERE]


def test_a_stopped_machine_cannot_go_where_there_is_room(
    aws: Aws, cloud: Cloud, made: InstanceSpec, no_room: None
) -> None:
    aws.stop(ref_of(made))
    cloud.configure(capacity={"dry": [{"zone": "us-east-1b"}]})
    with pytest.raises(CapacityError) as caught:
        aws.start(ref_of(made), caller_cidr=HERE)
    assert caught.value.code == "InsufficientInstanceCapacity"
    assert "cannot change its zone" in caught.value.brief
    assert f"cloudgpu start {made.name}" in caught.value.remedy
    assert state(aws, made) is State.STOPPED


@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_an_answer_that_is_lost_is_no_refusal(aws: Aws, cloud: Cloud, made: InstanceSpec, effect: str) -> None:
    aws.stop(ref_of(made))
    cloud.fault("StartInstances", effect)
    assert aws.start(ref_of(made), caller_cidr=HERE).ref.launch_id == made.launch_id
    assert state(aws, made) in (State.PENDING, State.RUNNING)


def test_a_machine_on_its_way_is_waited_for(
    aws: Aws, cloud: Cloud, made: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = aws.find(ref_of(made))
    assert instance and instance.ref.id
    monkeypatch.setattr(cloud.world.clock, "operation_seconds", 0.6)
    by_hand("us-east-1").stop_instances(InstanceIds=[instance.ref.id])
    assert state(aws, made) is State.STOPPING
    with monkeypatch.context() as patch, pytest.raises(ProviderError) as caught:
        patch.setattr(power, "_WITHIN", 0.1)
        aws.start(ref_of(made), caller_cidr=HERE)
    assert "has been busy" in caught.value.brief
    assert aws.start(ref_of(made), caller_cidr=HERE).state is State.PENDING


def test_what_is_not_there_can_be_neither_stopped_nor_started(aws: Aws, made: InstanceSpec) -> None:
    aws.destroy(ref_of(made))
    for ref in (NOWHERE, ref_of(made)):
        with pytest.raises(NotFoundError):
            aws.stop(ref)
        with pytest.raises(NotFoundError):
            aws.start(ref, caller_cidr=HERE)


def test_a_spot_machine_is_not_stopped_and_it_is_said_why(aws: Aws, t4: dict[str, Offer]) -> None:
    spec = samples.spec(replace(t4["us-east-1b"], spot=True))
    aws.create(spec)
    try:
        with pytest.raises(UsageError) as caught:
            aws.stop(ref_of(spec))
        assert "spot" in caught.value.brief
        assert caught.value.remedy.startswith(f"cloudgpu destroy {spec.name}")
    finally:
        aws.destroy(ref_of(spec))
