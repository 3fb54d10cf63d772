"""Flex-start: machines that are had when there is one to spare, and that end by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import CapacityError, MachineError
from cloudgpu.model import Gpu, GpuRequest, InstanceSpec, State
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.retry import until
from cloudgpu.testing import samples
from tests.providers_gcp.bed import Bed, ref_of

Stock = Callable[..., object]


@pytest.fixture
def stock(bed: Bed) -> Iterator[Stock]:
    """Turns the cloud's capacity; plenty again after the test."""
    yield lambda *dry: bed.configure({"capacity": {"dry": list(dry)}})
    bed.configure({"capacity": None})


@pytest.fixture
def flex(gcp: Gcp) -> Iterator[InstanceSpec]:
    """A machine that Google sells only when it has one to spare."""
    offer = gcp.offers(GpuRequest(gpu=Gpu("H100"), regions=("us-central1",)))[0]
    assert offer.flex_start
    spec = samples.spec(offer)
    yield spec
    gcp.destroy(ref_of(spec))


def test_flex_start_ends_by_itself(gcp: Gcp, flex: InstanceSpec) -> None:
    made = gcp.create(flex)
    assert (made.state, made.gpu, made.spot) == (State.RUNNING, Gpu("H100"), False)
    assert made.expires_at is not None
    assert timedelta(days=6) < made.expires_at - datetime.now(timezone.utc) < timedelta(days=8)


def test_flex_start_is_refused_at_once_without_patience(gcp: Gcp, flex: InstanceSpec, stock: Stock) -> None:
    stock({"zone": flex.offer.zone})
    with pytest.raises(CapacityError):
        gcp.create(flex)
    assert not [line for line in gcp.leftovers(flex.launch_id) if not line.startswith("firewall rule")]


def test_flex_start_waits_as_long_as_there_is_patience(gcp: Gcp, flex: InstanceSpec, stock: Stock) -> None:
    stock({"zone": flex.offer.zone})
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(gcp.create, replace(flex, patience=timedelta(minutes=5)))
        until(
            lambda: (found := gcp.find(ref_of(flex))) is not None and found.state is State.PENDING,
            within=20,
            otherwise=lambda: MachineError("It is not waiting.", remedy="look at the embedded cloud"),
        )
        stock()
        assert asked.result(timeout=60).state is State.RUNNING
