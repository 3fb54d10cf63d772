"""vCPU quotas: counted at each launch, told and raised through Service Quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed, launch, until_state

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_service_quotas import ServiceQuotasClient

G, G_SPOT = "L-DB2E81BA", "L-3819A6DF"


@pytest.fixture
def quotas(bed: Bed) -> ServiceQuotasClient:
    client: ServiceQuotasClient = bed.client("service-quotas")
    return client


def code_of(call: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_a_new_account_may_launch_nothing(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"quotas": {G: 0}})
    with pytest.raises(ClientError, match="your current vCPU limit of 0 allows for the instance bucket") as refused:
        launch(bed, ec2)
    assert refused.value.response["Error"]["Code"] == "VcpuLimitExceeded"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_runs_counts_and_what_is_terminated_does_not(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"quotas": {G: 8}})
    made = [launch(bed, ec2)["InstanceId"] for _ in range(2)]
    assert code_of(lambda: launch(bed, ec2)) == "VcpuLimitExceeded"
    ec2.terminate_instances(InstanceIds=made[:1])
    until_state(ec2, made[0], "terminated")
    launch(bed, ec2)


def test_spot_has_a_quota_of_its_own(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"quotas": {G_SPOT: 0}})
    launch(bed, ec2)
    spot = {"MarketType": "spot"}
    assert code_of(lambda: launch(bed, ec2, InstanceMarketOptions=spot)) == "MaxSpotInstanceCountExceeded"


def test_a_quota_can_differ_in_one_region(bed: Bed, ec2: EC2Client, quotas: ServiceQuotasClient) -> None:
    bed.front.configure({"quotas": {f"us-west-2/{G}": 0}})
    west: EC2Client = bed.client("ec2", "us-west-2")
    assert code_of(lambda: launch(bed, west)) == "VcpuLimitExceeded"
    launch(bed, ec2)
    told = bed.client("service-quotas", "us-west-2").get_service_quota(ServiceCode="ec2", QuotaCode=G)
    assert told["Quota"]["Value"] == 0
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode=G)["Quota"]["Value"] == 64


def test_as_many_as_fit_between_least_and_most(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"quotas": {G: 9}})
    made = ec2.run_instances(ImageId=bed.image(), InstanceType="g4dn.xlarge", MinCount=1, MaxCount=5)
    assert len(made["Instances"]) == 2


def test_the_applied_value_and_the_default_are_told(quotas: ServiceQuotasClient) -> None:
    told = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=G)["Quota"]
    assert (told["QuotaName"], told["Value"]) == ("Running On-Demand G and VT instances", 64)
    assert (told["QuotaAppliedAtLevel"], told["Adjustable"]) == ("ACCOUNT", True)
    assert told["UsageMetric"]["MetricDimensions"]["Class"] == "G/OnDemand"
    assert quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=G)["Quota"]["Value"] == 0
    assert {one["ServiceCode"] for one in quotas.list_services()["Services"]} == {"ec2"}


def test_lists_come_in_pages(quotas: ServiceQuotasClient) -> None:
    pages = list(
        quotas.get_paginator("list_service_quotas").paginate(ServiceCode="ec2", PaginationConfig={"PageSize": 3})
    )
    codes = [one["QuotaCode"] for page in pages for one in page["Quotas"]]
    assert len(pages) == 3
    assert len(set(codes)) == len(codes) == 7
    assert code_of(lambda: quotas.list_service_quotas(ServiceCode="ec2", MaxResults=101)) == "IllegalArgumentException"
    assert quotas.list_aws_default_service_quotas(ServiceCode="ec2")["Quotas"][0]["Value"] == 0
    assert code_of(lambda: quotas.list_service_quotas(ServiceCode="ec2", NextToken="x")) == (
        "InvalidPaginationTokenException"
    )


def test_what_does_not_exist_is_no_such_resource(quotas: ServiceQuotasClient) -> None:
    for service, code in (("ec2", "L-00000000"), ("toaster", G)):
        assert code_of(lambda s=service, c=code: quotas.get_service_quota(ServiceCode=s, QuotaCode=c)) == (
            "NoSuchResourceException"
        )
    assert code_of(lambda: quotas.get_requested_service_quota_change(RequestId="x")) == "NoSuchResourceException"
