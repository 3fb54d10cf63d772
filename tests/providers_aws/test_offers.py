"""What can be bought, where, and what the account's limits say to it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudgpu.errors import AuthError, PermissionError_, UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer, Origin
from cloudgpu.providers.aws import market
from cloudgpu.providers.aws.prices import REGIONS
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.rules.choose import by_price
from tests.providers_aws.cloud import Cloud, sign_in


def test_a_gpu_is_offered_in_every_zone_that_sells_it_cheapest_first(aws: Aws) -> None:
    offers = aws.offers(GpuRequest(gpu=Gpu("T4")))
    seen = offers[0].seen_at
    assert offers[0] == Offer(
        "aws", "us-east-1", offers[0].zone, "g4dn.xlarge", Gpu("T4"), 4, 16.0, Decimal("0.526"), False,
        gpu_memory_gb=16, seen_at=seen,
    )  # fmt: skip
    assert seen is not None and timedelta() <= datetime.now(timezone.utc) - seen < timedelta(minutes=10)
    assert list(offers) == sorted(offers, key=by_price)


def test_the_home_region_comes_first_where_it_is_no_dearer(aws: Aws) -> None:
    cheapest = [offer for offer in aws.offers(GpuRequest(gpu=Gpu("T4"))) if offer.instance_type == "g4dn.xlarge"]
    assert [offer.region for offer in cheapest] == ["us-east-1"] * 5 + ["us-east-2"] * 3 + ["us-west-2"] * 3
    assert [offer.zone for offer in cheapest[:5]] == sorted(offer.zone for offer in cheapest[:5])


def test_a_home_region_elsewhere_is_one_more(cloud: Cloud) -> None:
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch, cloud.url, AWS_DEFAULT_REGION="eu-west-1")
        offers = Aws(Origin("aws")).offers(GpuRequest(gpu=Gpu("T4")))
    assert {offer.region for offer in offers} == {"eu-west-1", *REGIONS}
    assert offers[0].hourly == Decimal("0.526")
    dublin = next(offer for offer in offers if offer.region == "eu-west-1")
    assert (dublin.instance_type, dublin.hourly) == ("g4dn.xlarge", Decimal("0.587"))


def test_without_a_wish_the_cheapest_single_gpu_comes_first(aws: Aws) -> None:
    offers = aws.offers(GpuRequest())
    assert offers[0].instance_type == "g4dn.xlarge"
    assert {offer.gpu.count for offer in offers} == {1}
    assert not {offer.instance_type.partition(".")[0] for offer in offers} & {"g5g", "g6f", "gr6f", "g4ad", "p3dn"}


def test_everything_is_more_than_one_gpu(aws: Aws) -> None:
    offers = aws.offers(GpuRequest(everything=True))
    assert {Gpu("T4"), Gpu("T4", 8), Gpu("H100", 8), Gpu("L40S", 4), Gpu("V100", 8)} <= {one.gpu for one in offers}
    assert not {offer.instance_type.partition(".")[0] for offer in offers} & {"g5g", "g6f", "gr6f"}


@pytest.mark.parametrize(
    ("request_", "types"),
    [
        (GpuRequest(gpu=Gpu("V100", 8)), {"p3dn.24xlarge"}),
        (GpuRequest(gpu=Gpu("V100")), set()),
        (GpuRequest(gpu=Gpu("T4", 4)), {"g4dn.12xlarge"}),
        (GpuRequest(gpu=Gpu("T4G", 2)), {"g5g.16xlarge", "g5g.metal"}),
        (GpuRequest(instance_type="g5g.xlarge"), {"g5g.xlarge"}),
        (GpuRequest(instance_type="g6f.large"), {"g6f.large"}),
        (GpuRequest(gpu=Gpu("H100")), {"p5.4xlarge"}),
        (GpuRequest(gpu=Gpu("H200", 8)), {"p5e.48xlarge", "p5en.48xlarge"}),
        (GpuRequest(gpu=Gpu("T4", 16)), set()),
        (GpuRequest(gpu=Gpu("T4"), instance_type="g4dn.12xlarge"), set()),
    ],
)
def test_which_types_have_it(aws: Aws, request_: GpuRequest, types: set[str]) -> None:
    assert {offer.instance_type for offer in aws.offers(request_)} == types


def test_a_part_of_a_gpu_has_a_part_of_its_memory(aws: Aws) -> None:
    assert aws.offers(GpuRequest(instance_type="g6f.large"))[0].gpu_memory_gb == 3


def test_what_has_no_known_price_comes_last_and_not_under_a_limit(aws: Aws) -> None:
    offers = aws.offers(GpuRequest(gpu=Gpu("H200", 8)))
    assert (offers[0].instance_type, offers[-1].instance_type, offers[-1].hourly) == (
        "p5en.48xlarge",
        "p5e.48xlarge",
        None,
    )
    limited = aws.offers(GpuRequest(gpu=Gpu("H200", 8), max_hourly=Decimal(1000)))
    assert {offer.instance_type for offer in limited} == {"p5en.48xlarge"}
    assert aws.offers(GpuRequest(gpu=Gpu("T4"), max_hourly=Decimal("0.10"))) == []


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


def test_a_region_without_known_prices_sells_all_the_same(aws: Aws) -> None:
    offers = aws.offers(GpuRequest(gpu=Gpu("H100", 8), regions=("eu-north-1",)))
    assert offers and {offer.hourly for offer in offers} == {None}


def test_a_zone_that_exists_and_sells_nothing_of_it_is_an_empty_answer(aws: Aws) -> None:
    assert aws.offers(GpuRequest(gpu=Gpu("B200", 8), zones=("us-east-1a",))) == []
    assert aws.offers(GpuRequest(instance_type="p4de.24xlarge", regions=("us-east-2",))) == []


def test_spot_costs_what_the_market_says_in_each_zone(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {("us-east-1b", "g4dn.xlarge"): Decimal("0.31"), ("us-east-1c", "g4dn.xlarge"): Decimal("0.12")}
    monkeypatch.setattr(market, "spot_prices", lambda account, wanted: told)
    zones = ("us-east-1a", "us-east-1b", "us-east-1c")
    offers = aws.offers(GpuRequest(instance_type="g4dn.xlarge", zones=zones, spot=True))
    assert [(offer.zone, offer.hourly) for offer in offers] == [
        ("us-east-1c", Decimal("0.12")),
        ("us-east-1a", Decimal("0.1894")),  # nothing was heard of it: what it was once found to cost
        ("us-east-1b", Decimal("0.31")),
    ]
    assert all(offer.spot and offer.longest_run is None for offer in offers)


def test_the_market_is_asked_for_what_is_wanted_only(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="cloudgpu.rehearsal.ec2.front")
    offers = aws.offers(GpuRequest(gpu=Gpu("T4"), regions=("us-east-2",), spot=True))
    assert offers and all(offer.hourly for offer in offers)
    assert [line for line in caplog.messages if "SpotPrice" in line] == ["DescribeSpotPriceHistory us-east-2 - -"]


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InternalError"])
def test_a_market_that_will_not_tell_is_no_reason_to_give_up(aws: Aws, cloud: Cloud, code: str) -> None:
    cloud.fault("DescribeSpotPriceHistory", code=code, message="No.", http_status=403, times=-1)
    (one,) = aws.offers(GpuRequest(instance_type="g4dn.xlarge", zones=("us-east-1a",), spot=True))
    assert one.hourly == Decimal("0.1894")
    (elsewhere, *_) = aws.offers(GpuRequest(instance_type="g4dn.xlarge", regions=("us-east-2",), spot=True))
    assert elsewhere.hourly is None


def test_without_credentials_the_market_is_not_silent_but_closed(aws: Aws, cloud: Cloud) -> None:
    cloud.fault("DescribeSpotPriceHistory", code="AuthFailure", message="AWS was not able.", http_status=401, times=-1)
    with pytest.raises(AuthError):
        aws.offers(GpuRequest(instance_type="g4dn.xlarge", zones=("us-east-1a",), spot=True))


@pytest.mark.parametrize(
    ("request_", "said", "hint"),
    [
        (GpuRequest(gpu=Gpu("K80")), "K80 is retired on AWS", "--gpu T4"),
        (GpuRequest(gpu=Gpu("M60")), "M60 is retired on AWS", "--gpu T4"),
        (GpuRequest(regions=("us-esat-1",)), "region 'us-esat-1'", "us-east-1"),
        (GpuRequest(zones=("us-east-1z",)), "zone 'us-east-1z'", "us-east-1a"),
        (GpuRequest(zones=("us-eats-1a",)), "zone 'us-eats-1a'", "us-east-1"),
        (GpuRequest(zones=("us-west-2-lax-1a",)), "zone 'us-west-2-lax-1a'", "us-west-2"),
        (GpuRequest(instance_type="g4nd.xlarge"), "'g4nd.xlarge'", "g4dn.xlarge"),
        (GpuRequest(instance_type="m5.large"), "'m5.large'", "cloudgpu launch"),
        (GpuRequest(instance_type="p3.2xlarge"), "p3.2xlarge is retired", "--instance-type g4dn.2xlarge"),
        (GpuRequest(instance_type="p2.8xlarge"), "p2.8xlarge is retired", "--instance-type g4dn.metal"),
        (GpuRequest(instance_type="g3s.xlarge"), "g3s.xlarge is retired", "--instance-type g4dn.xlarge"),
        (GpuRequest(instance_type="g4ad.xlarge"), "no CUDA GPU, but chips by AMD", "--gpu T4"),
        (GpuRequest(instance_type="trn1.2xlarge"), "no CUDA GPU", "--gpu T4"),
    ],
)
def test_what_cannot_be_had_is_a_usage_error(aws: Aws, request_: GpuRequest, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        aws.offers(request_)
    assert said in caught.value.brief
    assert hint in caught.value.remedy


def test_a_region_that_is_not_enabled_is_not_a_wrong_one(aws: Aws) -> None:
    with pytest.raises(PermissionError_) as caught:
        aws.offers(GpuRequest(gpu=Gpu("T4"), regions=("af-south-1",)))
    assert "af-south-1" in f"{caught.value.brief} {caught.value.details}"


def test_who_may_not_list_regions_is_believed(aws: Aws, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws._account, "_regions", ())
    cloud.fault("DescribeRegions", code="UnauthorizedOperation", message="No.", http_status=403, times=-1)
    assert aws.offers(GpuRequest(gpu=Gpu("T4"), regions=("eu-west-1",)))
    with pytest.raises(UsageError):
        aws.offers(GpuRequest(gpu=Gpu("T4"), regions=("us-esat-1",)))


def test_a_limit_knows_what_is_needed_and_how_to_get_more(aws: Aws, t4: dict[str, Offer]) -> None:
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert (quota.name, quota.scope, quota.needed) == ("Running On-Demand G and VT instances", "us-east-1", 4)
    assert quota.limit is not None and quota.used is not None
    assert "L-DB2E81BA" in quota.remedy


@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException", "ServiceException"])
def test_a_limit_that_may_not_be_asked_is_unknown(aws: Aws, cloud: Cloud, t4: dict[str, Offer], code: str) -> None:
    aws._limits.forget()
    cloud.fault("GetServiceQuota", code=code, message="No.", http_status=400, times=-1)
    cloud.fault("DescribeInstances", code="UnauthorizedOperation", message="No.", http_status=403, times=-1)
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert (quota.limit, quota.used, quota.left) == (None, None, None)
    aws._limits.forget()


def test_a_limit_never_changed_is_the_default_one(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    aws._limits.forget()
    cloud.fault("GetServiceQuota", code="NoSuchResourceException", message="None.", http_status=400, times=-1)
    (quota,) = aws.quotas(t4["us-east-1a"])
    assert quota.limit == 0
    aws._limits.forget()


def test_the_limit_for_p6_as_spot_is_not_known(aws: Aws) -> None:
    offer = Offer("aws", "us-east-1", "us-east-1a", "p6-b200.48xlarge", Gpu("B200", 8), 192, 2048, Decimal(40), True)
    assert aws.quotas(offer)[0].limit is None
