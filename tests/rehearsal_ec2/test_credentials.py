"""Who may ask: the rehearsal's own pair of keys, in a region that exists."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal_ec2.bed import Bed

STRANGER = {"aws_access_key_id": "AKIASTRANGER00000000", "aws_secret_access_key": "x"}
HALF = {"aws_secret_access_key": "wrong"}


def refusal(bed: Bed, service: str, keys: dict[str, str], region: str = "us-east-1") -> tuple[int, str]:
    client = bed.client(service, region, **keys)
    calls = {
        "ec2": lambda: client.describe_regions(),
        "sts": lambda: client.get_caller_identity(),
        "ssm": lambda: client.get_parameter(Name="/x"),
        "service-quotas": lambda: client.list_services(),
    }
    with pytest.raises(ClientError) as refused:
        calls[service]()
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


@pytest.mark.parametrize(
    ("service", "unknown_key", "wrong_secret"),
    [
        ("ec2", (401, "AuthFailure"), (401, "AuthFailure")),
        ("sts", (403, "InvalidClientTokenId"), (403, "SignatureDoesNotMatch")),
        ("ssm", (400, "UnrecognizedClientException"), (400, "InvalidSignatureException")),
        ("service-quotas", (400, "UnrecognizedClientException"), (400, "InvalidSignatureException")),
    ],
)
def test_strangers_and_wrong_secrets_are_kept_out(
    bed: Bed, service: str, unknown_key: tuple[int, str], wrong_secret: tuple[int, str]
) -> None:
    assert refusal(bed, service, STRANGER) == unknown_key
    assert refusal(bed, service, HALF) == wrong_secret


def test_the_account_is_the_rehearsal_s(bed: Bed) -> None:
    assert bed.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_region_that_does_not_exist_is_refused(bed: Bed) -> None:
    assert refusal(bed, "ec2", {}, "us-north-7") == (401, "AuthFailure")


def test_other_keys_can_be_set(bed: Bed) -> None:
    from cloudgpu.rehearsal.ec2 import ACCESS_KEY, SECRET_KEY

    bed.front.configure({"access_key": STRANGER["aws_access_key_id"], "secret_key": "x"})
    try:
        assert bed.client("sts", **STRANGER).get_caller_identity()["Account"]
        assert refusal(bed, "ec2", {})[1] == "AuthFailure"
    finally:
        bed.front.configure({"access_key": ACCESS_KEY, "secret_key": SECRET_KEY})


@pytest.mark.parametrize(
    "wanted",
    [{"speed": 1}, {"access_key": 1}, {"quotas": 5}, {"quotas": {"L-NOPE": 1}}, {"quotas": {"L-DB2E81BA": -1}}],
)
def test_a_setting_that_is_none_is_refused(bed: Bed, wanted: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"known are|takes|is a text"):
        bed.front.configure(wanted)
