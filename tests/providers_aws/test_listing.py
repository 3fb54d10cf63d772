"""`instances` looks everywhere, and everywhere at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudgpu.errors import PermissionError_
from cloudgpu.model import Offer, Origin
from cloudgpu.providers.aws.everywhere import ALWAYS
from cloudgpu.providers.aws.provider import Aws
from cloudgpu.testing import samples
from tests.providers_aws.cloud import Cloud

FAR = "eu-south-1"


@pytest.fixture
def fresh(aws: Aws, cloud: Cloud) -> Iterator[Aws]:
    """Knows nothing of the account yet; `eu-south-1` has been enabled in it by hand."""
    aws.instances()  # the embedded cloud makes each region when it is first asked for
    cloud.configure(regions={FAR: "opted-in"})
    yield Aws(Origin("aws"))
    cloud.configure(regions=None)


def test_all_regions_are_asked_side_by_side_and_together_with_which_there_are(
    fresh: Aws, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No question is answered before all of them have come."""
    together = threading.Barrier(len(ALWAYS) + 1, timeout=20)  # less than the client waits before it asks again
    monkeypatch.setattr("cloudgpu.rehearsal.effects.delay", lambda _: together.wait())
    cloud.fault("DescribeInstances", "delay", times=len(ALWAYS))
    cloud.fault("DescribeRegions", "delay")
    fresh.instances()
    assert not together.broken


def test_a_region_that_was_enabled_by_hand_is_asked_too(fresh: Aws, t4: dict[str, Offer]) -> None:
    spec = samples.spec(replace(t4["us-east-1a"], region=FAR, zone=f"{FAR}b"))
    made = fresh.create(spec)
    try:
        assert made.ref in [one.ref for one in fresh.instances()]
        assert FAR in "".join(fresh.leftovers(spec.launch_id))
    finally:
        fresh.destroy(made.ref)


def test_who_may_not_know_the_regions_is_told_so_and_can_destroy_all_the_same(
    fresh: Aws, cloud: Cloud, t4: dict[str, Offer]
) -> None:
    made = fresh.create(samples.spec(t4["us-east-1a"]))
    cloud.fault(
        "DescribeRegions", times=-1, code="UnauthorizedOperation", message="You are not authorized.", http_status=403
    )
    with pytest.raises(PermissionError_):
        Aws(Origin("aws")).instances()
    other = Aws(Origin("aws"))
    other.destroy(made.ref)
    assert other.find(made.ref) is None
