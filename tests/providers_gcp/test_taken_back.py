"""Machines that come and go while they are asked for: taken back at once, removed meanwhile, or bought by a question
whose answer nobody waited for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType

import pytest

from cloudgpu.errors import CapacityError, MachineError, Scope
from cloudgpu.model import State
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.retry import until
from tests.providers_gcp.bed import Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec
from tests.providers_gcp.stranger import Stranger


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Pressed in a third of a second."""

    def press(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_machine_that_is_gone_when_its_insert_has_ended_is_a_refusal_of_the_place(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec
) -> None:
    spec = make_spec(spot=True)
    gcp.create(spec)
    Stranger(bed).remove(f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}")
    with pytest.raises(CapacityError) as caught:
        gcp.create(spec)  # Google repeats its yes to the same request, and the machine is not there
    assert (caught.value.scope, caught.value.code) == (Scope.OFFER, "notFound")
    assert "taken back" in caught.value.brief
    assert gcp.create(replace(spec, attempt=1)).state is State.RUNNING


def test_a_machine_that_is_on_its_way_out_is_removed_and_no_success(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec(spot=True)
    gcp.create(spec)
    bed.world.clock.change({"operation_seconds": 1.0})
    try:
        path = f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}"
        assert bed.post(f"{path}/stop", {}).ok
        until(
            lambda: bed.raw(path).json()["status"] == "STOPPING",
            within=5,
            otherwise=lambda: MachineError("It does not stop.", remedy="look at the embedded cloud"),
        )
        with pytest.raises(CapacityError, match="taken back"):
            gcp.create(spec)
    finally:
        bed.world.clock.change({"operation_seconds": 0.05})
    assert bed.billed() == []


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_google_has_the_question_leaves_nothing_that_is_not_seen(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec
) -> None:
    spec, before = make_spec(), len(bed.asked)
    bed.fault("compute.instances.insert", "delay", seconds=1.0)
    with pytest.raises(KeyboardInterrupt):
        gcp.create(spec)
    gcp.destroy(ref_of(spec))
    until(
        lambda: len([line for line in bed.asked[before:] if line.startswith("POST") and "/instances" in line]) > 1,
        within=10,
        otherwise=lambda: MachineError("The first question was never answered.", remedy="look at the embedded cloud"),
    )
    assert gcp.find(ref_of(spec)) is None
    assert bed.billed() == []
