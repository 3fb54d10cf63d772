"""What EC2 refuses, what we make of it, and that nothing is left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.awsrequest import AWSRequest

from cloudgpu.errors import (
    CapacityError,
    NoRouteError,
    OutcomeUnknown,
    PermissionError_,
    ProviderError,
    QuotaError,
    Scope,
    ThrottledError,
    UnsupportedError,
)
from cloudgpu.model import InstanceRef, InstanceSpec, Offer
from cloudgpu.providers.aws import firewall
from cloudgpu.providers.aws.instances import described, of_launch
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.rules import choose
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_launch import groups

IIC = "InsufficientInstanceCapacity"


def ref_of(spec: InstanceSpec) -> InstanceRef:
    return InstanceRef(spec.name, spec.launch_id, spec.offer.region, spec.offer.zone)


def ours(aws: Aws, spec: InstanceSpec) -> list[str | None]:
    found = described(aws._account, spec.offer.region, [of_launch(spec.launch_id)])
    return [one["InstanceId"] for one in found if one["State"]["Name"] != "terminated"]


def test_three_zones_out_of_stock_then_the_fourth(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    words = "We currently do not have sufficient g4dn.xlarge capacity in the Availability Zone you requested ({}). {}"
    hint = "You can currently get g4dn.xlarge capacity by not specifying an Availability Zone or choosing us-east-1d."
    for zone, more in (("us-east-1a", ""), ("us-east-1b", ""), ("us-east-1c", hint)):
        message = words.format(zone, more)
        cloud.fault("RunInstances", code=IIC, message=message, http_status=500, match={"zone": zone})
    spec = samples.spec(t4["us-east-1a"])
    rest, refused = sorted(t4.values(), key=lambda offer: offer.zone), []
    instance = None
    while instance is None:
        offer, *rest = rest
        try:
            instance = aws.create(replace(spec, offer=offer))
        except CapacityError as error:
            assert error.code == IIC
            assert len(groups(aws, spec)) == 1  # the next zone needs it
            refused.append(offer.zone)
            rest = choose.after(error, offer, rest)
    assert refused == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert instance.ref.zone == "us-east-1d"
    aws.destroy(instance.ref)
    assert groups(aws, spec) == []


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("VcpuLimitExceeded", 400, "your current vCPU limit of 0 allows for the instance bucket", QuotaError),
        ("UnauthorizedOperation", 403, "You are not authorized to perform: ec2:RunInstances", PermissionError_),
        ("Unsupported", 400, "not supported in your requested Availability Zone (us-east-1a)", UnsupportedError),
        ("InvalidParameterValue", 400, "Something is wrong", ProviderError),
    ],
)
def test_a_refusal_is_told_in_the_clouds_own_words_and_leaves_nothing(
    aws: Aws, cloud: Cloud, t4: dict[str, Offer], code: str, status: int, message: str, kind: type[ProviderError]
) -> None:
    cloud.fault("RunInstances", code=code, message=message, http_status=status)
    spec = samples.spec(t4["us-east-1a"])
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.details) == (code, message)
    if caught.value.scope is not Scope.ACCOUNT:  # what the next place needs stays until there is none
        assert (ours(aws, spec), len(groups(aws, spec))) == ([], 1)
        aws.destroy(ref_of(spec))
    assert (ours(aws, spec), groups(aws, spec), aws.leftovers(spec.launch_id)) == ([], [], [])


def test_the_accounts_real_limit_refuses(aws: Aws, t4: dict[str, Offer]) -> None:
    offer = replace(t4["us-east-1a"], region="us-east-2", zone="us-east-2a", instance_type="g4dn.metal", vcpus=96)
    made = []
    with pytest.raises(QuotaError) as caught:
        for _ in range(40):
            made.append(aws.create(samples.spec(offer)))
    assert caught.value.code == "VcpuLimitExceeded"
    assert caught.value.region == "us-east-2"
    for one in made:
        aws.destroy(one.ref)


@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_a_lost_answer_makes_exactly_one_instance(aws: Aws, cloud: Cloud, t4: dict[str, Offer], effect: str) -> None:
    spec = samples.spec(t4["us-east-1b"])
    cloud.fault("RunInstances", effect)
    made = aws.create(spec)
    assert ours(aws, spec) == [made.ref.id]
    assert aws.create(spec).ref.id == made.ref.id
    aws.destroy(made.ref)
    assert ours(aws, spec) == []


def test_an_error_of_the_cloud_itself_is_asked_again(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    cloud.fault("RunInstances", code="InternalError", message="An internal error has occurred", http_status=500)
    cloud.fault("RunInstances", code="RequestLimitExceeded", message="Request limit exceeded.", http_status=503)
    made = aws.create(spec)
    assert ours(aws, spec) == [made.ref.id]
    aws.destroy(made.ref)


def test_when_no_answer_comes_at_all_what_is_there_is_looked_up(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    cloud.fault("RunInstances", "lost_response", times=-1)
    made = aws.create(spec)
    assert ours(aws, spec) == [made.ref.id]
    aws.destroy(made.ref)


def test_an_outcome_that_stays_unknown_is_said_and_can_be_destroyed(
    aws: Aws, cloud: Cloud, t4: dict[str, Offer]
) -> None:
    spec = samples.spec(t4["us-east-1b"])
    cloud.fault("RunInstances", "reset", times=-1)
    with pytest.raises(OutcomeUnknown):
        aws.create(spec)
    assert len(groups(aws, spec)) == 1
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []


def test_throttling_that_does_not_end_is_said(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    cloud.fault("RunInstances", code="RequestLimitExceeded", message="Slow down.", http_status=503, times=-1)
    with pytest.raises(ThrottledError):
        aws.create(spec)
    cloud.world.faults.clear()
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []


def test_a_machine_that_was_there_under_this_token_is_said_to_be_gone(aws: Aws, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    aws.destroy(aws.create(spec).ref)
    with pytest.raises(CapacityError) as caught:
        aws.create(spec)
    assert "has been ended since" in caught.value.brief
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []


def test_the_same_launch_with_another_disk_finds_its_instance(aws: Aws, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    made = aws.create(spec)
    assert aws.create(replace(spec, disk_gb=spec.disk_gb + 1)).ref == made.ref
    aws.destroy(made.ref)


def test_a_firewall_that_ec2_does_not_know_yet_is_waited_for(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    message = "The security group 'sg-1' does not exist"
    cloud.fault("AuthorizeSecurityGroupIngress", code="InvalidGroup.NotFound", message=message, times=2)
    made = aws.create(samples.spec(t4["us-east-1b"]))
    aws.destroy(made.ref)


def test_a_firewall_that_never_appears_is_said_and_removed_with_the_launch(
    aws: Aws, cloud: Cloud, t4: dict[str, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firewall, "_SETTLES_WITHIN", 0.1)
    cloud.fault("AuthorizeSecurityGroupIngress", code="InvalidGroup.NotFound", message="no such group", times=-1)
    spec = samples.spec(t4["us-east-1b"])
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert caught.value.code == "InvalidGroup.NotFound"
    cloud.world.faults.clear()
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []


def test_a_protected_machine_is_not_said_to_be_gone(aws: Aws, t4: dict[str, Offer]) -> None:
    made = aws.create(samples.spec(t4["us-east-1b"]))
    assert made.ref.id
    ec2 = by_hand("us-east-1")
    ec2.modify_instance_attribute(InstanceId=made.ref.id, DisableApiTermination={"Value": True})
    with pytest.raises(ProviderError) as caught:
        aws.destroy(made.ref)
    assert caught.value.code == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=made.ref.id, DisableApiTermination={"Value": False})
    aws.destroy(made.ref)


def test_no_route_is_no_lost_answer(aws: Aws, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1b"])
    events, event = aws._account.launcher("us-east-1").meta.events, "request-created.ec2.RunInstances"
    events.register(event, into_the_void, unique_id="void")
    try:
        with pytest.raises(NoRouteError):
            aws.create(spec)
    finally:
        events.unregister(event, unique_id="void")
    aws.destroy(ref_of(spec))
    assert groups(aws, spec) == []


def into_the_void(request: AWSRequest, **_: object) -> None:
    """Port 1 of this computer, where nobody listens."""
    request.url = "http://127.0.0.1:1/"
