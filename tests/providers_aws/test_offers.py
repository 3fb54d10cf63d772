"""What can be bought, where, and what the account's limits say to it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.rules.choose import by_price
from tests.providers_aws.cloud import Cloud


def test_a_gpu_is_offered_in_every_zone_that_sells_it_cheapest_first(aws: Aws) -> None:
    offers = aws.offers(GpuRequest(gpu=Gpu("T4")))
    assert {offer.region for offer in offers} == {"us-east-1"}
    seen = offers[0].seen_at
    assert offers[0] == Offer(
        "aws", "us-east-1", offers[0].zone, "g4dn.xlarge", Gpu("T4"), 4, 16.0, Decimal("0.526"), False, seen_at=seen
    )
    assert seen is not None and timedelta() <= datetime.now(timezone.utc) - seen < timedelta(minutes=1)
    assert len({offer.zone for offer in offers}) == 5
    assert list(offers) == sorted(offers, key=by_price)


def test_without_a_wish_the_cheapest_single_gpu_comes_first(aws: Aws) -> None:
    offers = aws.offers(GpuRequest())
    assert offers[0].instance_type == "g4dn.xlarge"
    assert not {offer.instance_type.partition(".")[0] for offer in offers} & {"g5g", "g6f", "gr6f", "g4ad", "p3dn"}


def test_everything_is_more_than_one_gpu(aws: Aws) -> None:
    counts = {offer.gpu for offer in aws.offers(GpuRequest(everything=True))}
    assert {Gpu("T4"), Gpu("T4", 8), Gpu("H100", 8), Gpu("L40S", 4)} <= counts


def test_a_retired_gpu_names_its_successor(aws: Aws) -> None:
    with pytest.raises(UsageError, match="K80 is retired on AWS") as caught:
        aws.offers(GpuRequest(gpu=Gpu("K80")))
    assert "--gpu T4" in caught.value.remedy


def test_what_the_home_region_does_not_sell_is_looked_for_in_the_others(aws: Aws) -> None:
    spot = aws.offers(GpuRequest(gpu=Gpu("H200", 8)))
    assert {offer.instance_type for offer in spot} == {"p5en.48xlarge"}
    assert aws.offers(GpuRequest(gpu=Gpu("T4", 16))) == []


def test_zones_and_regions_and_types_narrow_it_down(aws: Aws) -> None:
    both = aws.offers(GpuRequest(gpu=Gpu("L4"), zones=("us-east-2a", "us-west-2d"), instance_type="g6.2xlarge"))
    assert [(offer.zone, offer.instance_type) for offer in both] == [
        ("us-east-2a", "g6.2xlarge"),
        ("us-west-2d", "g6.2xlarge"),
    ]
    one = aws.offers(GpuRequest(gpu=Gpu("L4"), regions=("us-east-2",), zones=("us-east-2a", "us-west-2d")))
    assert {offer.zone for offer in one} == {"us-east-2a"}
    west = aws.offers(GpuRequest(gpu=Gpu("T4"), regions=("us-west-2",)))
    assert {offer.region for offer in west} == {"us-west-2"}


def test_a_zone_that_exists_and_sells_nothing_of_it_is_an_empty_answer(aws: Aws) -> None:
    assert aws.offers(GpuRequest(gpu=Gpu("B200", 8), zones=("us-east-1a",))) == []


def test_spot_costs_what_it_was_found_to_cost_or_what_the_market_says(aws: Aws) -> None:
    (one,) = aws.offers(GpuRequest(instance_type="g4dn.xlarge", zones=("us-east-1a",), spot=True))
    assert (one.spot, one.hourly) == (True, Decimal("0.1894"))
    market = aws.offers(GpuRequest(instance_type="g4dn.xlarge", regions=("us-east-2",), spot=True))
    assert market
    assert all(offer.hourly and offer.hourly > 0 for offer in market)


@pytest.mark.parametrize(
    ("request_", "said", "hint"),
    [
        (GpuRequest(regions=("us-esat-1",)), "region 'us-esat-1'", "us-east-1"),
        (GpuRequest(regions=("eu-west-1",)), "prices in eu-west-1", "--region us-east-1"),
        (GpuRequest(zones=("us-east-1z",)), "zone 'us-east-1z'", "us-east-1a"),
        (GpuRequest(zones=("us-eats-1a",)), "zone 'us-eats-1a'", "us-east-1"),
        (GpuRequest(instance_type="g4nd.xlarge"), "'g4nd.xlarge'", "g4dn.xlarge"),
        (GpuRequest(instance_type="m5.large"), "'m5.large'", "cloudgpu launch"),
        (GpuRequest(instance_type="g5g.xlarge"), "arm64", "cloudgpu launch"),
        (GpuRequest(instance_type="g6f.large"), "fraction", "cloudgpu launch"),
    ],
)
def test_what_cannot_be_had_is_a_usage_error(aws: Aws, request_: GpuRequest, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        aws.offers(request_)
    assert said in caught.value.brief
    assert hint in caught.value.remedy


def test_a_limit_knows_what_is_needed_and_how_to_get_more(aws: Aws, t4: dict[str, Offer]) -> None:
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert (quota.name, quota.scope, quota.needed) == ("Running On-Demand G and VT instances", "us-east-1", 4)
    assert quota.limit is not None and quota.used is not None
    assert "L-DB2E81BA" in quota.remedy


@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException", "ServiceException"])
def test_a_limit_that_may_not_be_asked_is_unknown(aws: Aws, cloud: Cloud, t4: dict[str, Offer], code: str) -> None:
    aws._limits.forget()
    cloud.fault("GetServiceQuota", code=code, message="No.", http_status=400, times=-1)
    cloud.fault("DescribeInstances", code="UnauthorizedOperation", message="No.", http_status=403)
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert (quota.limit, quota.used, quota.left) == (None, None, None)
    aws._limits.forget()


def test_a_limit_never_changed_is_the_default_one(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    aws._limits.forget()
    cloud.fault("GetServiceQuota", code="NoSuchResourceException", message="None.", http_status=400)
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert quota.limit == 0
    aws._limits.forget()


def test_the_limit_for_p6_as_spot_is_not_known(aws: Aws) -> None:
    offer = Offer("aws", "us-east-1", "us-east-1a", "p6-b200.48xlarge", Gpu("B200", 8), 192, 2048, Decimal(40), True)
    assert aws.quotas(offer)[0].limit is None
