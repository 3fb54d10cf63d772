"""A refusal that EC2 encodes is told in clear where these credentials may have it decoded, and as it is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudgpu.errors import PermissionError_
from cloudgpu.model import Offer
from cloudgpu.providers.aws.authorization import decoded
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud

SAID = "You are not authorized to perform this operation. Encoded authorization failure message: "


@pytest.fixture
def encoding(cloud: Cloud) -> Iterator[None]:
    cloud.configure(permissions={"denied": ["ec2:RunInstances"], "encoded": True})
    yield
    cloud.configure(permissions=None)


def refused(aws: Aws, offer: Offer) -> PermissionError_:
    with pytest.raises(PermissionError_) as caught:
        aws.create(samples.spec(offer))
    assert caught.value.code == "UnauthorizedOperation"
    assert caught.value.details.startswith(SAID)
    return caught.value


@pytest.mark.usefixtures("encoding")
def test_the_denied_action_and_its_resource_are_named(aws: Aws, t4: dict[str, Offer]) -> None:
    error = refused(aws, t4["us-east-1a"])
    assert error.brief.startswith("These credentials may not ec2:RunInstances on arn:aws:ec2:us-east-1:")
    assert "ec2:RunInstances" in error.remedy


@pytest.mark.usefixtures("encoding")
def test_who_may_not_decode_is_told_what_ec2_said(aws: Aws, cloud: Cloud, t4: dict[str, Offer]) -> None:
    denied = ["ec2:RunInstances", "sts:DecodeAuthorizationMessage"]
    cloud.configure(permissions={"denied": denied, "encoded": True})
    assert refused(aws, t4["us-east-1a"]).brief == "These credentials may not do this."


@pytest.mark.parametrize(
    "details",
    [
        "You are not authorized to perform this operation.",
        f"{SAID}none-of-ours-and-of-nobody-else",
        f"User: a is not authorized to perform: ec2:RunInstances on resource: b. {SAID}none-of-ours-and-nobody-else",
    ],
)
def test_what_holds_nothing_to_decode_stays_as_it_is(aws: Aws, details: str) -> None:
    refusal = PermissionError_("No.", remedy="Ask.", code="UnauthorizedOperation", details=details)
    assert decoded(aws._account, refusal) is refusal
