"""plan: spends nothing, and says no before anything is bought."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cloudgpu.errors import CapacityError, QuotaError
from cloudgpu.model import Gpu, GpuRequest
from cloudgpu.rules import choose
from tests.workflows.bench import Bench


def test_the_cheapest_comes_first_and_nothing_is_bought(bench: Bench) -> None:
    made = bench.plan()
    assert list(made.offers) == sorted(made.offers, key=choose.by_price)
    assert made.account == "memory-account"
    assert made.quotas
    assert bench.cloud.bills == []
    assert bench.store.records() == []


def test_what_is_too_dear_is_an_answer_with_the_price(bench: Bench) -> None:
    with pytest.raises(CapacityError, match=r"at least 0.50 USD") as caught:
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
