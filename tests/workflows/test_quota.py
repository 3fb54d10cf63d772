"""quota: what is allowed, what would be asked for, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import CapacityError, PermissionError_, UsageError
from cloudgpu.model import Gpu, GpuRequest, Offer, Quota, QuotaAnswer
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.workflows import quota as work
from cloudgpu.workflows.quota import Allowance, Wish
from tests.workflows.bench import Bench, without

ALL = Quota("GPUS_ALL_REGIONS", "global", 2, 0, 1)


class Generous(MemoryCloud):
    """Grants whatever it is asked for, or raises what it was told to."""

    no: Exception | None = None

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        self._called("raise_quota")
        if self.no:
            raise self.no
        return QuotaAnswer(quota.name, quota.scope, wanted, "granted", wanted, contact)


def found(*regions: tuple[str, tuple[Quota, ...]]) -> Allowance:
    return Allowance("me", Gpu("T4"), False, regions)


def gpus(region: str, limit: float | None) -> tuple[str, tuple[Quota, ...]]:
    disk = Quota("SSD_TOTAL_GB", region, 50, 0, 100)
    everywhere = replace(ALL, remedy=f"ask in {region}")
    return region, (everywhere, Quota("NVIDIA_T4_GPUS", region, limit, 0, 1), disk)


def test_the_cheapest_machine_of_each_region_is_what_counts(bench: Bench) -> None:
    told = work.allowance(GpuRequest(Gpu("T4")), bench.deps)
    assert [region for region, _ in told.regions] == ["mars-1", "mars-2", "moon-1"]
    assert (told.account, told.gpu, told.spot) == ("memory-account", Gpu("T4"), False)
    assert all(limits[0].needed == 1 for _, limits in told.regions)
    assert bench.done() == ["check the account", "find offers", "check quotas"]


def test_without_a_gpu_the_cheapest_is_meant(bench: Bench) -> None:
    told = work.allowance(GpuRequest(), bench.deps)
    assert told.gpu == Gpu("T4")
    assert bench.cloud.calls.count("quotas") == 3


def test_what_is_sold_nowhere_has_no_quota(bench: Bench) -> None:
    with pytest.raises(CapacityError, match="offers no 1 x B300 in any region as spot") as caught:
        work.allowance(GpuRequest(Gpu("B300"), spot=True), bench.deps)
    assert caught.value.remedy == "cloudgpu offers --provider memory"


@pytest.mark.parametrize(
    ("regions", "limit", "named", "expected"),
    [
        ([gpus("r1", 1), gpus("r2", 0)], 4, (), [("GPUS_ALL_REGIONS", "global"), ("NVIDIA_T4_GPUS", "r1")]),
        ([gpus("r1", 1), gpus("r2", 0)], 2, ("r2",), [("NVIDIA_T4_GPUS", "r2")]),
        ([gpus("r1", 1), gpus("r2", 0)], 2, ("r1", "r2"), [("NVIDIA_T4_GPUS", "r1"), ("NVIDIA_T4_GPUS", "r2")]),
        (
            [gpus("r1", 4), gpus("r2", 3)],
            4,
            ("r1", "r2"),
            [("GPUS_ALL_REGIONS", "global"), ("NVIDIA_T4_GPUS", "r2")],
        ),
        ([gpus("r1", None)], 1, (), [("NVIDIA_T4_GPUS", "r1")]),
        ([gpus("r1", 2)], 2, (), []),
        ([("r1", (Quota("GPUS_ALL_REGIONS", "global", None, None, 1),))], 9, (), []),
    ],
)
def test_what_would_be_asked_for(
    regions: list[tuple[str, tuple[Quota, ...]]],
    limit: int,
    named: tuple[str, ...],
    expected: list[tuple[str, str]],
) -> None:
    assert [(one.quota.name, one.quota.scope) for one in work.to_raise(found(*regions), limit, named)] == expected


def test_where_no_limit_counts_gpus_all_of_them_are_meant() -> None:
    credits = Quota("Credits", "r1", 4, 0, 4)
    assert work.to_raise(found(("r1", (credits,))), 8, ()) == [Wish(credits, 8)]


@pytest.mark.parametrize(
    ("count", "needed", "gpus", "limit"), [(1, 4, 1, 4), (1, 4, 2, 8), (4, 48, 4, 48), (4, 48, 1, 48), (4, 48, 5, 96)]
)
def test_a_limit_in_another_unit_is_raised_for_whole_machines(count: int, needed: int, gpus: int, limit: float) -> None:
    vcpus = Quota("Running On-Demand G and VT instances", "r1", 0, 0, needed, unit="vCPUs")
    told = Allowance("me", Gpu("T4", count), False, (("r1", (vcpus,)),))
    assert work.to_raise(told, gpus, ()) == [Wish(vcpus, limit)]
    assert work.to_raise(replace(told, regions=(("r1", (replace(vcpus, limit=limit),)),)), gpus, ()) == []


def test_each_is_asked_for_with_the_address(bench: Bench) -> None:
    bench.cloud = Generous()
    told = found(gpus("r1", 0))
    cloud = work.check_can_raise(told, bench.deps)
    short = work.to_raise(told, 3, ())
    answers = work.ask(short, bench.deps, cloud, contact="ann@example.com")
    assert [(one.name, one.state, one.asked, one.detail) for one in answers] == [
        ("GPUS_ALL_REGIONS", "granted", 3, "ann@example.com"),
        ("NVIDIA_T4_GPUS", "granted", 3, "ann@example.com"),
    ]
    assert bench.done() == ["ask for GPUS_ALL_REGIONS in global", "ask for NVIDIA_T4_GPUS in r1"]


def test_who_may_not_ask_is_told(bench: Bench) -> None:
    bench.cloud = cloud = Generous()
    cloud.no = PermissionError_("You may not.", remedy="ask somebody")
    with pytest.raises(PermissionError_):
        work.ask([Wish(ALL, 3)], bench.deps, cloud, contact="ann@example.com")
    assert bench.failed() == ["ask for GPUS_ALL_REGIONS in global"]


def test_a_cloud_that_is_not_asked_from_here_says_where_to_ask(bench: Bench) -> None:
    told = work.allowance(GpuRequest(), bench.deps)
    with pytest.raises(UsageError, match="does not ask memory") as caught:
        work.check_can_raise(told, replace(bench.deps, provider=without(bench.cloud, "raise_quota")))
    assert caught.value.remedy == "Ask for more: https://cloud.example/quotas"


class Silent(MemoryCloud):
    """Has no limits to tell of."""

    def quotas(self, offer: Offer) -> list[Quota]:
        return []


def test_a_cloud_without_limits(bench: Bench) -> None:
    bench.cloud = Silent()
    told = work.allowance(GpuRequest(), bench.deps)
    with pytest.raises(UsageError) as caught:
        work.check_can_raise(told, replace(bench.deps, provider=without(bench.cloud, "raise_quota")))
    assert "web pages of memory" in caught.value.remedy
