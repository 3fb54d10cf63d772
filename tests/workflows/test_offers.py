"""offers: what can be bought, place by place, and how many of it the limits allow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu, GpuRequest
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import OFFERS
from cloudgpu.workflows.offers import offers
from tests.workflows.bench import Bench


def test_the_zones_of_a_region_are_one_row(bench: Bench) -> None:
    found = offers(GpuRequest(Gpu("T4")), bench.deps)
    assert [(one.offer.region, one.zones) for one in found] == [
        ("mars-1", ("mars-1-a", "mars-1-b")),
        ("mars-2", ("mars-2-a",)),
        ("moon-1", ("moon-1-a",)),
    ]
    assert bench.done() == ["check the account", "find offers", "check quotas"]
    assert bench.cloud.bills == []


def test_another_price_is_another_row(bench: Bench) -> None:
    bench.cloud = MemoryCloud([OFFERS[0], replace(OFFERS[1], hourly=Decimal("0.51"))])
    assert [one.zones for one in offers(GpuRequest(Gpu("T4")), bench.deps)] == [("mars-1-a",), ("mars-1-b",)]


def test_without_a_gpu_it_is_everything(bench: Bench) -> None:
    found = offers(GpuRequest(), bench.deps)
    assert {one.offer.gpu for one in found} == {Gpu("T4"), Gpu("T4", 2), Gpu("L4")}
    assert {one.offer.spot for one in found} == {False}
    assert {one.offer.spot for one in offers(GpuRequest(spot=True), bench.deps)} == {True}


def test_how_many_the_limits_allow(bench: Bench) -> None:
    bench.cloud.gpu_limit = 5
    left = {one.offer.gpu.count: (one.left, one.quota) for one in offers(GpuRequest(), bench.deps)}
    assert left == {1: (5, "GPUS_ALL_REGIONS"), 2: (2, "GPUS_ALL_REGIONS")}


def test_what_the_cloud_does_not_tell_is_not_known(bench: Bench) -> None:
    bench.cloud.gpu_limit = None
    assert {(one.left, one.quota) for one in offers(GpuRequest(), bench.deps)} == {(None, None)}


def test_a_limit_that_is_overdrawn_leaves_none(bench: Bench) -> None:
    bench.cloud.gpu_limit = -1
    assert {one.left for one in offers(GpuRequest(), bench.deps)} == {0}


def test_each_kind_of_machine_is_asked_for_once(bench: Bench) -> None:
    found = offers(GpuRequest(Gpu("T4")), bench.deps)
    assert bench.cloud.calls == ["verify", "offers", *["quotas"] * len(found)]


def test_the_price_limit_leaves_the_unknown_out(bench: Bench) -> None:
    bench.cloud = MemoryCloud([replace(OFFERS[0], hourly=None), OFFERS[2], OFFERS[3]])
    found = offers(GpuRequest(Gpu("T4"), max_hourly=Decimal("0.55")), bench.deps)
    assert [one.offer.region for one in found] == ["mars-2"]
    assert [one.offer.hourly for one in offers(GpuRequest(Gpu("T4")), bench.deps)][-1] is None


def test_what_the_cloud_does_not_have(bench: Bench) -> None:
    with pytest.raises(UsageError, match="There is no region 'mars-9'"):
        offers(GpuRequest(regions=("mars-9",)), bench.deps)
