"""Answers to RunInstances that are lost, late, doubled or old: one machine, or none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import CapacityError, OutcomeUnknown, ProviderError, Scope, ThrottledError
from cloudgpu.model import InstanceSpec, Offer, Origin
from cloudgpu.providers.aws import launch, session
from cloudgpu.providers.aws.instances import of_launch
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.retry import until
from cloudgpu.testing import samples
from cloudgpu.testing.contract import Fixtures, ref_of
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_launch import groups


@pytest.fixture
def spec(aws: Aws, t4: dict[str, Offer]) -> Iterator[InstanceSpec]:
    made = samples.spec(t4["us-east-1c"])
    yield made
    aws.destroy(ref_of(made))


def machines(spec: InstanceSpec, *, living: bool = True) -> list[str]:
    told = by_hand(spec.offer.region).describe_instances(Filters=[of_launch(spec.launch_id)])["Reservations"]
    found = [one for reservation in told for one in reservation["Instances"]]
    return [one["InstanceId"] for one in found if not living or one["State"]["Name"] in ("pending", "running")]


@pytest.fixture
def impatient(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """For it an answer is missing after a second, not after thirty."""
    monkeypatch.setattr(session, "_ANSWER_WITHIN", 1.0)
    return Aws(Origin("aws"))


@pytest.mark.parametrize("effect", ["lost_response", "duplicate", "reset"])
@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_that_is_lost_or_doubled_leaves_one_machine(
    aws: Aws, cloud: Cloud, spec: InstanceSpec, effect: str, times: int
) -> None:
    cloud.fault("RunInstances", effect, times=times)
    made = aws.create(spec)
    assert machines(spec, living=False) == [made.ref.id]


@pytest.mark.parametrize("effect", ["late_response", "delay"])
def test_an_answer_that_is_late_leaves_one_machine(
    impatient: Aws, cloud: Cloud, spec: InstanceSpec, effect: str
) -> None:
    """With `delay` the request itself is late: it is carried out after the one that was made in its place."""
    cloud.fault("RunInstances", effect, seconds=1.6)
    made = impatient.create(spec)
    assert machines(spec, living=False) == [made.ref.id]
    until(lambda: cloud_is_idle(cloud), within=10, otherwise=Fixtures.too_slow)
    assert machines(spec, living=False) == [made.ref.id]


def test_a_request_that_is_carried_out_minutes_late_finds_the_launch_gone(
    impatient: Aws, cloud: Cloud, spec: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows of it when the launch is undone: the security group that it names has been removed."""
    cloud.fault("RunInstances", "delay", seconds=4.0)
    monkeypatch.setattr(launch, "_ASKED_AT_MOST", 1)
    with pytest.raises(OutcomeUnknown):
        impatient.create(spec)
    impatient.destroy(ref_of(spec))
    assert groups(impatient, spec) == []
    until(lambda: cloud_is_idle(cloud), within=15, otherwise=Fixtures.too_slow)
    assert machines(spec, living=False) == []
    assert list(impatient.leftovers(spec.launch_id)) == []


def cloud_is_idle(cloud: Cloud) -> bool:
    """No request is under way any more."""
    return not [one for one in threading.enumerate() if "process_request_thread" in one.name]


def test_a_machine_behind_an_answer_that_never_comes_is_found_by_its_mark(
    aws: Aws, cloud: Cloud, spec: InstanceSpec
) -> None:
    cloud.fault("RunInstances", "lost_response", times=4)
    made = aws.create(spec)
    assert machines(spec) == [made.ref.id]


def test_no_answer_and_no_machine_is_an_unknown_outcome_whose_firewall_stays(
    aws: Aws, cloud: Cloud, spec: InstanceSpec
) -> None:
    cloud.fault("RunInstances", "reset", times=4)
    with pytest.raises(OutcomeUnknown):
        aws.create(spec)
    assert len(groups(aws, spec)) == 1
    assert aws.create(spec).ref.id in machines(spec)


def test_too_many_questions_are_asked_again_and_then_given_up(aws: Aws, cloud: Cloud, spec: InstanceSpec) -> None:
    cloud.fault("RunInstances", code="RequestLimitExceeded", http_status=503, times=3)
    assert aws.create(spec).ref.id
    cloud.fault("RunInstances", code="RequestLimitExceeded", http_status=503, times=4)
    with pytest.raises(ThrottledError):
        aws.create(replace(spec, attempt=1))


def test_a_resumed_launch_whose_request_differs_gets_its_machine_and_buys_no_other(
    aws: Aws, spec: InstanceSpec
) -> None:
    """The lifetime counts from now, and the image may be another one: the second run's startup script differs."""
    made = aws.create(spec)
    again = Aws(Origin("aws")).create(replace(spec, startup_script="#!/bin/sh\nfalse\n"))
    assert again.ref == made.ref
    assert machines(spec, living=False) == [made.ref.id]


def test_an_earlier_request_that_ec2_does_not_show_is_never_taken_for_nothing(
    aws: Aws, cloud: Cloud, spec: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_SHOWN_WITHIN", 0.1)
    cloud.fault("RunInstances", code="IdempotentParameterMismatch", message="Arguments differ", http_status=400)
    with pytest.raises(OutcomeUnknown) as caught:
        aws.create(spec)
    assert caught.value.code == "IdempotentParameterMismatch"
    assert caught.value.remedy.startswith(f"In a minute: cloudgpu launch {spec.name}")


def test_what_was_ended_meanwhile_is_not_bought_twice_by_the_same_attempt_but_by_the_next(
    aws: Aws, spec: InstanceSpec
) -> None:
    made = aws.create(spec)
    assert made.ref.id
    by_hand("us-east-1").terminate_instances(InstanceIds=[made.ref.id])
    until(lambda: aws.find(made.ref) is None, within=20, otherwise=Fixtures.too_slow)
    with pytest.raises(CapacityError) as caught:
        aws.create(spec)
    assert (caught.value.scope, caught.value.code) == (Scope.OFFER, "Client.UserInitiatedShutdown")
    assert "has been ended since" in caught.value.brief
    again = aws.create(replace(spec, attempt=1))
    assert machines(spec) == [again.ref.id]


def test_what_ended_so_long_ago_that_ec2_shows_it_no_more_is_told_apart_from_an_unknown_outcome(
    aws: Aws, cloud: Cloud, spec: InstanceSpec
) -> None:
    words = "The client token you have provided is associated with a resource that has been deleted."
    cloud.fault("RunInstances", code="IdempotentInstanceTerminated", message=words, http_status=400)
    with pytest.raises(CapacityError) as caught:
        aws.create(spec)
    assert (caught.value.scope, caught.value.details) == (Scope.OFFER, words)


def test_what_an_earlier_attempt_left_is_not_taken_for_this_one(
    aws: Aws, cloud: Cloud, spec: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a machine that EC2 does not show yet would be taken for one that ended, and another bought."""
    first = aws.create(spec)
    assert first.ref.id
    by_hand("us-east-1").terminate_instances(InstanceIds=[first.ref.id])
    monkeypatch.setattr(launch, "_SHOWN_WITHIN", 0.1)
    cloud.fault("RunInstances", code="IdempotentParameterMismatch", message="Arguments differ", http_status=400)
    with pytest.raises(OutcomeUnknown):
        aws.create(replace(spec, attempt=1))


def test_a_security_group_that_ec2_has_not_heard_of_yet_is_asked_for_again(
    aws: Aws, cloud: Cloud, spec: InstanceSpec
) -> None:
    cloud.fault("RunInstances", code="InvalidGroup.NotFound", message="does not exist", http_status=400, times=2)
    cloud.fault("AuthorizeSecurityGroupIngress", code="InvalidGroup.NotFound", message="no", http_status=400)
    assert aws.create(spec).ref.id


def test_a_security_group_that_somebody_removed_is_made_again(aws: Aws, cloud: Cloud, spec: InstanceSpec) -> None:
    cloud.configure(capacity={"dry": [{"zone": "us-east-1c", "times": 1}]})
    with pytest.raises(CapacityError):
        aws.create(spec)
    (group,) = groups(aws, spec)
    by_hand("us-east-1").delete_security_group(GroupId=group)
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert caught.value.code == "InvalidGroup.NotFound"
    assert aws.create(spec).ref.id
    assert len(groups(aws, spec)) == 1
    cloud.configure(capacity=None)
