"""Looking for capacity: what one refusal costs, in requests, and what it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cloudgpu.errors import CapacityError, OutcomeUnknown, PermissionError_, ProviderError, QuotaError, Scope
from cloudgpu.model import Gpu, GpuRequest, InstanceSpec, Offer, Origin, State
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.retry import until
from cloudgpu.testing import samples
from cloudgpu.testing.contract import Fixtures, ref_of
from tests.providers_aws.cloud import Cloud, by_hand
from tests.providers_aws.test_answers import machines
from tests.providers_aws.test_launch import groups

REGIONS = ("us-east-1", "us-east-2", "us-west-2")


@pytest.fixture
def asked(aws: Aws) -> Iterator[tuple[Aws, Counter[str]]]:
    """An account whose questions are counted, as they are sent."""
    fresh, counter = Aws(Origin("aws")), Counter[str]()

    def count(model: Any, **_: Any) -> None:
        counter[model.name] += 1

    for region in REGIONS:
        for client in (fresh._account.ec2(region), fresh._account.launcher(region)):
            client.meta.events.register("before-call.ec2", count)
    yield fresh, counter


@pytest.fixture
def capacity(cloud: Cloud) -> Iterator[Cloud]:
    yield cloud
    cloud.configure(capacity=None, quotas=None)


def pairs(aws: Aws) -> list[Offer]:
    """18 pairs of a type and a zone in three regions, each region in one go."""
    found = aws.offers(GpuRequest(gpu=Gpu("T4"), regions=REGIONS))
    first = [[one for one in found if one.region == region][:6] for region in REGIONS]
    return [offer for some in first for offer in some]


def test_eighteen_dry_pairs_cost_a_request_each(asked: tuple[Aws, Counter[str]], capacity: Cloud) -> None:
    aws, counter = asked
    offers = pairs(aws)
    assert (len(offers), len({offer.region for offer in offers})) == (18, 3)
    counter.clear()
    last = offers[-1]
    capacity.configure(
        capacity={
            "dry": [{"zone": one.zone, "type": one.instance_type} for one in offers[:-1]],
        }
    )
    launch_id, codes = samples.spec(last).launch_id, set()
    for offer in offers[:-1]:
        with pytest.raises(CapacityError) as caught:
            aws.create(samples.spec(offer, launch_id=launch_id))
        codes.add((caught.value.code, caught.value.scope))
    made = aws.create(samples.spec(last, launch_id=launch_id))
    try:
        assert codes == {("InsufficientInstanceCapacity", Scope.OFFER)}
        assert counter["RunInstances"] == 18
        assert {counter[one] for one in ("CreateSecurityGroup", "DescribeSubnets", "DescribeImages")} == {3}
        spec = samples.spec(last, launch_id=launch_id)
        assert machines(spec, living=False) == [made.ref.id]
        others = [samples.spec(one, launch_id=launch_id) for one in offers if one.region != last.region]
        assert [groups(aws, one) for one in others] == [[]] * len(others), "no longer needed once a machine is there"
    finally:
        aws.destroy(made.ref)
    assert list(aws.leftovers(launch_id)) == []


def test_what_stops_the_whole_search_takes_the_firewalls_along(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    first = samples.spec(t4["us-east-1a"])
    cloud.fault("RunInstances", code="InsufficientInstanceCapacity", http_status=500)
    with pytest.raises(CapacityError):
        aws.create(first)
    assert len(groups(aws, first)) == 1
    words = "You are not authorized to perform: ec2:RunInstances"
    cloud.fault("RunInstances", code="UnauthorizedOperation", message=words, http_status=403)
    with pytest.raises(PermissionError_) as caught:
        aws.create(replace(first, offer=replace(t4["us-east-1b"])))
    assert caught.value.scope is Scope.ACCOUNT
    assert groups(aws, first) == []


def test_a_quota_ends_the_region_and_not_the_search(aws: Aws, capacity: Cloud, t4: dict[str, Offer]) -> None:
    capacity.configure(quotas={"us-east-1/L-DB2E81BA": 0})
    spec = samples.spec(t4["us-east-1a"])
    with pytest.raises(QuotaError) as caught:
        aws.create(spec)
    assert (caught.value.code, caught.value.scope, caught.value.region) == (
        "VcpuLimitExceeded",
        Scope.REGION,
        "us-east-1",
    )
    aws.destroy(ref_of(spec))


def test_a_refusal_that_comes_after_the_yes_is_one_of_its_place_and_the_next_attempt_is_another(
    aws: Aws, capacity: Cloud, t4: dict[str, Offer]
) -> None:
    capacity.configure(capacity={"dry": [{"zone": "us-east-1d", "late": True, "times": 1}]})
    spec = samples.spec(t4["us-east-1d"])
    made = aws.create(spec)
    with pytest.raises(CapacityError) as caught:
        until(lambda: running(aws, spec), within=20, otherwise=Fixtures.too_slow)
    assert (caught.value.code, caught.value.scope) == ("Server.InsufficientInstanceCapacity", Scope.OFFER)
    assert aws.find(made.ref) is None, "said once"
    with pytest.raises(CapacityError) as again:
        aws.create(spec)
    assert again.value.code == caught.value.code, "the same attempt has the same end, in another process, too"
    second = aws.create(replace(spec, attempt=1))
    assert second.ref.id != made.ref.id
    assert running(aws, spec, pending=True), "what the first attempt left is not taken for the second"
    assert until(lambda: running(aws, spec), within=20, otherwise=Fixtures.too_slow).ref.id == second.ref.id
    aws.destroy(second.ref)


def running(aws: Aws, spec: InstanceSpec, *, pending: bool = False) -> Any:
    found = aws.find(ref_of(spec))
    return found if found and (pending or found.state is State.RUNNING) else None


def test_what_the_cloud_does_not_show_yet_counts_as_bought(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1d"])
    made = aws.create(spec)
    ec2 = by_hand("us-east-1")
    assert made.ref.id
    ec2.delete_tags(Resources=[made.ref.id], Tags=[{"Key": "cloudgpu-launch-id"}])  # as if its list knew nothing yet
    assert aws.find(made.ref) == made
    ec2.create_tags(Resources=[made.ref.id], Tags=[{"Key": "cloudgpu-launch-id", "Value": spec.launch_id}])
    aws.destroy(made.ref)
    assert aws.find(made.ref) is None


def test_an_unknown_outcome_keeps_what_the_machine_may_need(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    spec = samples.spec(t4["us-east-1a"])
    cloud.fault("RunInstances", "reset", times=4)
    with pytest.raises(ProviderError) as caught:
        aws.create(spec)
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(groups(aws, spec)) == 1
    aws.destroy(ref_of(spec))
