"""plan: spends nothing, and says no before anything is bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cloudgpu.errors import CapacityError, NetworkError, QuotaError, UsageError
from cloudgpu.model import Container, Gpu, GpuRequest, Limits, Network, Offer, Plan, Quota
from cloudgpu.rules import choose
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import offer
from cloudgpu.workflows.instead import instead
from cloudgpu.workflows.plan import plan
from tests.workflows.bench import Bench


def test_the_cheapest_comes_first_and_nothing_is_bought(bench: Bench) -> None:
    made = bench.plan()
    assert list(made.offers) == sorted(made.offers, key=choose.by_price)
    assert made.account == "memory-account"
    assert made.quotas
    assert bench.cloud.bills == []
    assert bench.store.records() == []


def test_what_is_too_dear_is_an_answer_with_the_price(bench: Bench) -> None:
    with pytest.raises(
        CapacityError, match=r"offers no 1 x T4 in any region at 0.10 USD per hour. It costs at least 0.50 USD"
    ) as caught:
        bench.plan(request=GpuRequest(Gpu("T4"), max_hourly=Decimal("0.10")))
    assert "--max-price 0.50" in caught.value.remedy


def test_what_nobody_offers(bench: Bench) -> None:
    with pytest.raises(CapacityError, match="offers no 1 x B300"):
        bench.plan(request=GpuRequest(Gpu("B300")))


def test_a_quota_of_zero_stops_before_the_launch(bench: Bench) -> None:
    bench.cloud.gpu_limit = 0
    with pytest.raises(QuotaError, match=r"GPUS_ALL_REGIONS .* is 0, 0 of it in use; rover-4 needs 1"):
        bench.plan()


def test_an_unknown_quota_does_not_block(bench: Bench) -> None:
    bench.cloud.gpu_limit = None
    assert bench.plan().offers


def test_a_region_that_does_not_sell_it_names_those_that_do(bench: Bench) -> None:
    with pytest.raises(CapacityError, match=r"offers no 1 x L4 in mars-1. It is sold in moon-1.") as caught:
        bench.plan(request=GpuRequest(Gpu("L4"), regions=("mars-1",)))
    assert caught.value.remedy == "cloudgpu launch --region moon-1"


@pytest.mark.parametrize(
    ("request_", "hint", "option"),
    [
        (GpuRequest(Gpu("T4", 4)), "It is sold by 1, 2.", "--gpu T4:1"),
        (GpuRequest(Gpu("T4", 2), spot=True), "It is sold by 1.", "--gpu T4:1"),
        (GpuRequest(Gpu("T4", 2), regions=("moon-1",)), "It is sold in mars-1.", "--region mars-1"),
        (GpuRequest(Gpu("T4"), max_hourly=Decimal("0.3")), "It costs at least 0.50 USD per hour.", "--max-price 0.50"),
        (GpuRequest(Gpu("B300")), "", ""),
    ],
)
def test_what_comes_near_is_said(bench: Bench, request_: GpuRequest, hint: str, option: str) -> None:
    assert instead(request_, bench.cloud) == (hint, option)
    with pytest.raises(CapacityError) as caught:
        bench.plan(request=request_)
    assert caught.value.brief.endswith(hint)
    assert option in caught.value.remedy


def test_what_is_sold_as_spot_only_is_said(bench: Bench) -> None:
    bench.cloud = MemoryCloud([offer("mars-1-a", spot=True)])
    assert instead(GpuRequest(Gpu("T4")), bench.cloud) == ("It is sold as spot.", "--spot")


def test_a_budget_that_pays_for_nothing_is_a_usage_error(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r"0.05 USD pays for less than ten minutes of rover-4"):
        made(bench, limits=Limits(budget=Decimal("0.05")))
    kept = made(bench, limits=Limits(budget=Decimal("0.10")))
    assert {offer.hourly for offer in kept.offers} == {Decimal("0.50"), Decimal("0.55"), Decimal("0.60")}


def test_a_budget_and_an_unknown_price_do_not_go_together(bench: Bench) -> None:
    bench.cloud = MemoryCloud([replace(offer("mars-1-a"), hourly=None)])
    assert made(bench).offers[0].hourly is None
    with pytest.raises(UsageError, match="an unknown price"):
        made(bench, limits=Limits(budget=Decimal(10)))


def test_the_network_is_looked_for_before_anything_is_bought(bench: Bench) -> None:
    assert made(bench).network == Network("default")
    bench.cloud.networks = {"lab"}
    assert made(bench, network=Network("lab", "bench")).network == Network("lab", "bench")
    with pytest.raises(NetworkError, match="no network default"):
        made(bench)
    assert bench.cloud.networks == {"lab"}


def test_a_missing_network_is_made_on_yes_and_only_the_usual_one(bench: Bench) -> None:
    bench.cloud.networks = set()
    asked: list[str] = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    assert made(bench, agree=yes).network == Network("default")
    assert asked == ["There is no network default. Make one? It costs nothing."]
    with pytest.raises(NetworkError, match="no network mine"):
        made(bench, network=Network("mine"), agree=yes)
    assert len(asked) == 1


def test_regions_without_quota_are_left_out_with_the_reason(bench: Bench) -> None:
    bench.cloud = OneRegion()
    found = made(bench)
    assert {offer.region for offer in found.offers} == {"mars-1"}
    assert found.skipped == dict.fromkeys(("mars-2", "moon-1"), "quota GPUS (here) is 0, 0 of it in use")
    assert "2 region(s) left out: their quota does not allow it." in bench.notes()


class OneRegion(MemoryCloud):
    def quotas(self, offer: Offer) -> Sequence[Quota]:
        return [Quota("GPUS", "here", 1 if offer.region == "mars-1" else 0, 0, 1)]


def made(bench: Bench, **more: Any) -> Plan:
    return plan("quiet-otter", "c0ffee", GpuRequest(Gpu("T4")), Container("img:1"), bench.deps, **more)
