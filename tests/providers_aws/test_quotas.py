"""The vCPU limits: what an offer draws on, what is left of it, and what to type for more."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from cloudgpu.errors import AuthError, NoRouteError
from cloudgpu.model import Gpu, Offer, Origin, Quota
from cloudgpu.providers.aws.buckets import Bucket, bucket_named, bucket_of
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.providers.aws.quotas import Limits
from cloudgpu.providers.aws.servicequotas import ServiceQuotas
from cloudgpu.providers.aws.session import Account
from tests.providers_aws.cloud import Cloud, by_hand

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

G, G_SPOT, P = "L-DB2E81BA", "L-3819A6DF", "L-417A185B"
T4 = Offer("aws", "us-east-1", "us-east-1a", "g4dn.xlarge", Gpu("T4"), 4, 16, Decimal("0.526"))
H100 = replace(T4, instance_type="p5.48xlarge", gpu=Gpu("H100", 8), vcpus=192)
B200 = replace(H100, instance_type="p6-b200.48xlarge", gpu=Gpu("B200", 8), spot=True)
ASK = "cloudgpu quota --provider aws"
PAGE = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/ec2/quotas"


@pytest.fixture
def limits(aws: Aws, cloud: Cloud) -> Iterator[Limits]:
    """A person's first look."""
    yield Limits(Account(Origin("aws")), "me")
    cloud.configure(quotas=None, permissions=None)


def only(limits: Limits, offer: Offer) -> Quota:
    (quota,) = limits.of(offer)
    return quota


@pytest.mark.parametrize(
    ("instance_type", "spot", "code"),
    [
        ("g4dn.xlarge", False, G),
        ("g4dn.xlarge", True, G_SPOT),
        ("gr6.4xlarge", False, G),
        ("g7e.2xlarge", True, G_SPOT),
        ("p4d.24xlarge", False, P),
        ("p5.48xlarge", False, P),
        ("p6-b200.48xlarge", False, P),
        ("p4d.24xlarge", True, "L-7212CCBC"),
        ("p5en.48xlarge", True, "L-C4BD4855"),
        ("p6-b300.48xlarge", True, None),
    ],
)
def test_each_type_draws_on_one_limit(instance_type: str, spot: bool, code: str | None) -> None:
    bucket = bucket_of(instance_type, spot)
    assert (bucket.code, bucket.spot) == (code, spot)
    assert bucket_named(bucket.name) is bucket


@pytest.mark.parametrize(
    ("offer", "vcpus", "command"),
    [
        (T4, 4, f"{ASK} --gpu T4 --region us-east-1 --request 1 --profile me"),
        (T4, 8, f"{ASK} --gpu T4 --region us-east-1 --request 2 --profile me"),
        (T4, 9, f"{ASK} --gpu T4 --region us-east-1 --request 3 --profile me"),
        (replace(T4, spot=True), 4, f"{ASK} --gpu T4 --region us-east-1 --spot --request 1 --profile me"),
        (
            replace(T4, instance_type="g4dn.8xlarge", vcpus=32),
            32,
            f"{ASK} --instance-type g4dn.8xlarge --region us-east-1 --request 1 --profile me",
        ),
        (
            replace(T4, instance_type="g4dn.12xlarge", gpu=Gpu("T4", 4), vcpus=48),
            48,
            f"{ASK} --gpu T4:4 --region us-east-1 --request 4 --profile me",
        ),
        (H100, 192, f"{ASK} --gpu H100:8 --region us-east-1 --request 8 --profile me"),
        (
            replace(T4, instance_type="g6f.large", gpu=Gpu("L4"), vcpus=2),
            2,
            f"{ASK} --instance-type g6f.large --region us-east-1 --request 1 --profile me",
        ),
    ],
)
def test_the_command_that_asks_for_more(offer: Offer, vcpus: int, command: str) -> None:
    bucket = bucket_of(offer.instance_type, offer.spot)
    assert bucket.ask_for(vcpus, offer.region, offer, "me") == f"{command}  # or {PAGE}/{bucket.code}"
    assert shlex.split(bucket.ask_for(vcpus, offer.region, offer), comments=True) == shlex.split(command)[:-2]


def test_without_an_offer_it_is_asked_in_vcpus() -> None:
    assert (
        bucket_of("g4dn.xlarge", False)
        .ask_for(12, "us-east-1")
        .endswith(f"--quota-code {G} --desired-value 12 --region us-east-1")
    )
    assert bucket_of("p6-b200.48xlarge", True).ask_for(192, "us-east-1") == PAGE


def start(ec2: EC2Client, kind: str, *, spot: bool) -> str:
    make: Any = ec2.run_instances
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    market = {"InstanceMarketOptions": {"MarketType": "spot"}} if spot else {}
    made = make(ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1, **market)
    return str(made["Instances"][0]["InstanceId"])


def test_what_runs_is_subtracted_and_on_demand_and_spot_are_counted_apart(limits: Limits, cloud: Cloud) -> None:
    region = "eu-west-2"
    offer = replace(T4, region=region, zone=f"{region}a")
    ec2 = by_hand(region)
    kinds = [("g4dn.xlarge", False), ("g5.2xlarge", False), ("g4dn.2xlarge", True), ("t3.large", False)]
    made = [start(ec2, kind, spot=spot) for kind, spot in kinds]
    made.append(start(ec2, "g4dn.4xlarge", spot=False))
    ec2.get_waiter("instance_running").wait(InstanceIds=made[-1:], WaiterConfig={"Delay": 1})
    ec2.stop_instances(InstanceIds=made[-1:])
    try:
        quota, spot = only(limits, offer), only(limits, replace(offer, spot=True))
    finally:
        ec2.terminate_instances(InstanceIds=made)
    assert (quota.limit, quota.used, quota.needed, quota.left, quota.unit) == (64, 12, 4, 52, "vCPUs")
    assert (spot.limit, spot.used, spot.left) == (64, 8, 56)
    assert "--request 4" in quota.remedy
    assert "--request 3" in spot.remedy


def test_a_region_can_have_another_limit(limits: Limits, cloud: Cloud) -> None:
    cloud.configure(quotas={G: 0, f"us-west-2/{G}": 8})
    assert only(limits, T4).limit == 0
    assert only(limits, replace(T4, region="us-west-2", zone="us-west-2a")).limit == 8


class Counting(ServiceQuotas):
    """Remembers who was asked."""

    asked: list[tuple[str, Bucket]]

    def limit(self, bucket: Bucket) -> float | None:
        self.asked.append((self._region, bucket))
        return super().limit(bucket)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bucket]]:
    found: list[tuple[str, Bucket]] = []
    monkeypatch.setattr(Counting, "asked", found, raising=False)
    monkeypatch.setattr("cloudgpu.providers.aws.quotas.ServiceQuotas", Counting)
    return found


def test_one_question_for_each_region_and_limit(limits: Limits, asked: list[tuple[str, Bucket]]) -> None:
    offers = [
        replace(T4, region=region, zone=f"{region}{zone}", instance_type=kind, vcpus=vcpus)
        for region in ("us-east-1", "us-west-2", "eu-west-1")
        for zone in "ab"
        for kind, vcpus in (("g4dn.xlarge", 4), ("g5.2xlarge", 8))
    ]
    limits.expect(offers)
    assert asked == []
    assert [only(limits, offer).needed for offer in offers] == [offer.vcpus for offer in offers]
    assert sorted(region for region, _ in asked) == ["eu-west-1", "us-east-1", "us-west-2"]
    only(limits, replace(T4, spot=True))
    assert len(asked) == 4
    limits.forget()
    only(limits, T4)
    assert len(asked) == 7


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException", "TooManyRequestsException", "ServiceException", "AuthFailure", "InvalidClientTokenId",
        "RequestExpired", "UnrecognizedClientException",
    ],
)  # fmt: skip
def test_what_service_quotas_does_not_tell_is_unknown(limits: Limits, cloud: Cloud, code: str) -> None:
    cloud.fault("GetServiceQuota", code=code, message="No.", http_status=400, times=-1)
    quota = only(limits, T4)
    assert (quota.limit, quota.used, quota.left) == (None, 0, None)
    assert quota.remedy


def test_what_the_user_may_not_see_is_unknown(limits: Limits, cloud: Cloud) -> None:
    cloud.configure(permissions={"denied": ["servicequotas:GetServiceQuota", "ec2:DescribeInstances"]})
    quota = only(limits, T4)
    assert (quota.limit, quota.used) == (None, None)


def test_a_limit_never_changed_is_told_as_the_default(limits: Limits, cloud: Cloud) -> None:
    cloud.fault("GetServiceQuota", code="NoSuchResourceException", message="None.", http_status=400)
    assert only(limits, T4).limit == 0


def test_an_answer_with_a_reason_in_place_of_a_value_is_unknown(limits: Limits) -> None:
    account = Account(Origin("aws"))
    reason = {"ErrorCode": "DEPENDENCY_THROTTLING_ERROR", "ErrorMessage": "Try again."}
    with Stubber(account.service_quotas("us-east-1")) as stub:
        stub.add_response("get_service_quota", {"Quota": {"QuotaCode": G, "ErrorReason": reason}})
        assert ServiceQuotas(account, "us-east-1").limit(bucket_of("g4dn.xlarge", False)) is None


def test_expired_credentials_stop_and_the_next_question_is_asked_again(limits: Limits, cloud: Cloud) -> None:
    cloud.fault("GetServiceQuota", code="ExpiredTokenException", message="Expired.", http_status=400)
    with pytest.raises(AuthError):
        limits.of(T4)
    assert only(limits, T4).limit == 64


def test_one_regions_trouble_is_told_when_that_region_is_asked(limits: Limits, cloud: Cloud) -> None:
    west = replace(T4, region="us-west-2", zone="us-west-2a")
    limits.expect([T4, west])
    cloud.fault(
        "DescribeInstances", code="ExpiredToken", message="Expired.", http_status=400, match={"region": "us-west-2"}
    )
    assert only(limits, T4).limit == 64
    with pytest.raises(AuthError):
        limits.of(west)


def test_no_network_is_no_unknown_limit(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(NoRouteError):
        Limits(Account(Origin("aws"))).of(T4)


def test_the_limit_for_p6_as_spot_is_found_by_its_name_or_unknown(
    limits: Limits, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = only(limits, B200)
    assert (quota.name, quota.limit, quota.used) == ("P6 Spot Instance Requests", None, 0)
    assert "--gpu B200:8 --region us-east-1 --spot --request 8" in quota.remedy
    by_name = replace(bucket_of(B200.instance_type, True), words=("P5", "Spot"))
    assert ServiceQuotas(Account(Origin("aws")), "us-east-1").code(by_name) == "L-C4BD4855"
    assert ServiceQuotas(Account(Origin("aws")), "us-east-1").limit(by_name) == 192
