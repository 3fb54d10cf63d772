"""Credentials that do not hold, regions that are not enabled, accounts that may not buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal_ec2.bed import Bed, launch, until_state
from tests.rehearsal_ec2.test_permissions import refusal

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.mark.parametrize(
    ("state", "ec2", "sts", "quotas"),
    [
        ("invalid", (401, "AuthFailure"), (403, "InvalidClientTokenId"), "UnrecognizedClientException"),
        ("expired", (400, "RequestExpired"), (403, "ExpiredToken"), "ExpiredTokenException"),
        ("skewed", (401, "AuthFailure"), (403, "SignatureDoesNotMatch"), "InvalidSignatureException"),
    ],
)
def test_credentials_that_do_not_hold(
    bed: Bed, state: str, ec2: tuple[int, str], sts: tuple[int, str], quotas: str
) -> None:
    bed.front.configure({"credentials": state})
    assert refusal(bed.client("ec2").describe_regions)[:2] == ec2
    assert refusal(bed.client("sts").get_caller_identity)[:2] == sts
    assert refusal(bed.client("service-quotas").list_services)[1] == quotas


def test_a_clock_that_is_behind_is_told_by_how_much(bed: Bed) -> None:
    bed.front.configure({"credentials": "skewed"})
    words = refusal(bed.client("sts").get_caller_identity)[2]
    assert words.startswith("Signature expired: 20")
    assert words.endswith(" - 15 min.)")


def test_where_a_region_is_not_enabled_the_keys_are_not_known(bed: Bed, ec2: EC2Client) -> None:
    africa = bed.client("ec2", "af-south-1")
    assert refusal(africa.describe_instances)[:2] == (401, "AuthFailure")
    assert refusal(bed.client("sts", "af-south-1").get_caller_identity)[1] == "InvalidClientTokenId"
    bed.front.configure({"regions": {"af-south-1": "opted-in", "eu-west-3": "not-opted-in"}})
    assert africa.describe_instances()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refusal(bed.client("ec2", "eu-west-3").describe_instances)[1] == "AuthFailure"
    told = {one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions()["Regions"]}
    assert (told["af-south-1"], told["us-east-1"]) == ("opted-in", "opt-in-not-required")
    assert "eu-west-3" not in told
    bed.front.configure({"regions": {"eu-west-3": None}})
    assert bed.client("ec2", "eu-west-3").describe_instances()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_region_that_is_still_being_validated_lets_one_look_and_not_launch(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"regions": {"us-east-1": "pending-verification"}})
    assert ec2.describe_instances()["Reservations"] is not None
    _, code, words = refusal(lambda: launch(bed, ec2))
    assert code == "PendingVerification"
    assert words.startswith("Your request for accessing resources in this region is being validated")
    assert refusal(lambda: launch(bed, ec2, DryRun=True))[1] == "DryRunOperation"


@pytest.mark.parametrize(
    ("state", "status", "code", "words"),
    [
        ("blocked", 400, "Blocked", "This account is currently blocked"),
        ("pending-verification", 400, "PendingVerification", "Your account is currently being verified."),
        ("not-subscribed", 401, "OptInRequired", "You are not subscribed to this service."),
        ("free-plan", 400, "InvalidParameterCombination", "not eligible for Free Tier"),
    ],
)
def test_accounts_that_may_not_launch(bed: Bed, state: str, status: int, code: str, words: str) -> None:
    image, ec2 = bed.image(), bed.client("ec2")
    bed.front.configure({"account": state})
    said = refusal(lambda: launch(bed, ec2, ImageId=image))
    assert said[:2] == (status, code)
    assert words in said[2]
    assert bed.billed() == set()


def test_a_free_plan_launches_what_is_free(bed: Bed, ec2: EC2Client) -> None:
    bed.front.configure({"account": "free-plan"})
    until_state(ec2, launch(bed, ec2, InstanceType="t3.micro")["InstanceId"], "running")


@pytest.mark.parametrize(
    "wanted",
    [
        {"account": "rich"},
        {"credentials": True},
        {"regions": {"nowhere": "opted-in"}},
        {"regions": {"us-east-1": "sunny"}},
        {"regions": []},
    ],
)
def test_what_is_no_state(bed: Bed, wanted: dict[str, object]) -> None:
    before = bed.front.configure({})
    with pytest.raises(ValueError, match=r"is one of|takes|not the name"):
        bed.front.configure(wanted)
    assert bed.front.configure({}) == before
