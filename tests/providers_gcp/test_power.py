"""Off, so that only the disk is billed, and on again where there is room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import CapacityError, NotFoundError, ProviderError
from cloudgpu.model import Gpu, GpuRequest, InstanceRef, InstanceSpec, State
from cloudgpu.protocols import CanStop
from cloudgpu.providers.gcp import power
from cloudgpu.providers.gcp.provider import Gcp
from cloudgpu.rules.names import marks
from cloudgpu.testing import samples
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec
from tests.providers_gcp.stranger import Stranger

HERE = "192.0.2.7/32"
NOWHERE = InstanceRef("x", "never-there", "us-central1", "us-central1-a")
BUSY = f"The resource 'projects/{PROJECT}/zones/us-central1-a/instances/x' is not ready"


@pytest.fixture
def running(gcp: Gcp, make_spec: MakeSpec) -> InstanceSpec:
    spec = make_spec()
    gcp.create(spec)
    return spec


@pytest.fixture
def dry(bed: Bed) -> Iterator[None]:
    """No machine is to be had anywhere."""
    bed.configure({"capacity": {"dry": [{"zone": "*"}]}})
    yield
    bed.configure({"capacity": None})


def state(gcp: Gcp, spec: InstanceSpec) -> State:
    found = gcp.find(ref_of(spec))
    assert found is not None
    return found.state


def test_off_and_on_again(gcp: Gcp, bed: Bed, running: InstanceSpec) -> None:
    assert isinstance(gcp, CanStop)
    gcp.stop(ref_of(running))
    assert (state(gcp, running), bed.billed()) == (State.STOPPED, ["disk"])
    gcp.stop(ref_of(running))
    again = gcp.start(ref_of(running), caller_cidr=HERE)
    assert (again.state, again.ref.launch_id, again.host) == (State.RUNNING, running.launch_id, "127.0.0.1")
    assert gcp.start(ref_of(running), caller_cidr=HERE).ref == again.ref, "on already is success"
    assert sorted(bed.billed()) == ["disk", "instance"]


def test_a_machine_that_was_off_ends_when_it_was_to_end(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=8)
    spec = replace(make_spec(), expires_at=expires)
    gcp.create(spec)
    gcp.stop(ref_of(spec))
    later = replace(spec, expires_at=expires - timedelta(hours=3))  # as three hours from now
    path = f"zones/us-central1-a/instances/cloudgpu-{spec.launch_id}"
    off = bed.raw(path).json()
    Stranger(bed).make(
        f"{path}/setLabels",
        {"labels": {**off["labels"], **marks(later)}, "labelFingerprint": off["labelFingerprint"]},
    )
    on = gcp.start(ref_of(spec), caller_cidr=HERE)
    assert on.expires_at == later.expires_at
    scheduling = bed.raw(path).json()["scheduling"]
    assert abs(int(scheduling["maxRunDuration"]["seconds"]) - 5 * 3600) < 60
    assert (scheduling["instanceTerminationAction"], scheduling["provisioningModel"]) == ("DELETE", "STANDARD")


def test_who_may_not_change_the_end_can_start_it_all_the_same(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = replace(make_spec(), expires_at=datetime.now(timezone.utc) + timedelta(hours=8))
    gcp.create(spec)
    gcp.stop(ref_of(spec))
    bed.configure({"projects": {PROJECT: {"denied": ["compute.instances.setScheduling"]}}})
    assert gcp.start(ref_of(spec), caller_cidr=HERE).state is State.RUNNING


def test_who_comes_back_from_elsewhere_is_let_in_from_there(gcp: Gcp, bed: Bed, running: InstanceSpec) -> None:
    gcp.stop(ref_of(running))
    gcp.start(ref_of(running), caller_cidr="198.51.100.9/32")
    rule = bed.raw(f"global/firewalls/cloudgpu-{running.launch_id}-ssh").json()
    assert rule["sourceRanges"] == ["198.51.100.9/32"]
    assert rule["allowed"] == [{"IPProtocol": "tcp", "ports": ["22"]}]


def test_local_ssds_are_let_go(gcp: Gcp, bed: Bed) -> None:
    offer = gcp.offers(GpuRequest(gpu=Gpu("A100-80GB"), regions=("us-central1",)))[0]
    spec = samples.spec(offer)
    gcp.create(spec)
    try:
        gcp.stop(ref_of(spec))
        assert state(gcp, spec) is State.STOPPED
    finally:
        gcp.destroy(ref_of(spec))
    assert any("/stop?" in line and "discardLocalSsd=true" in line for line in bed.asked)


def test_a_stopped_machine_cannot_go_where_there_is_room(
    gcp: Gcp, bed: Bed, running: InstanceSpec, request: pytest.FixtureRequest
) -> None:
    gcp.stop(ref_of(running))
    request.getfixturevalue("dry")
    with pytest.raises(CapacityError) as caught:
        gcp.start(ref_of(running), caller_cidr=HERE)
    assert "a stopped machine cannot change its zone" in caught.value.brief
    assert f"cloudgpu start {running.name}" in caught.value.remedy
    assert caught.value.code.startswith("ZONE_RESOURCE_POOL_EXHAUSTED")
    assert state(gcp, running) is State.STOPPED
    bed.configure({"capacity": None})
    assert gcp.start(ref_of(running), caller_cidr=HERE).state is State.RUNNING


def test_what_is_gone_cannot_be_switched(gcp: Gcp) -> None:
    with pytest.raises(NotFoundError):
        gcp.stop(NOWHERE)
    with pytest.raises(NotFoundError):
        gcp.start(NOWHERE, caller_cidr=HERE)


@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_a_lost_answer_is_asked_for_again(gcp: Gcp, bed: Bed, running: InstanceSpec, effect: str) -> None:
    bed.fault("compute.instances.stop", effect)
    gcp.stop(ref_of(running))
    bed.fault("compute.instances.start", effect)
    assert gcp.start(ref_of(running), caller_cidr=HERE).state is State.RUNNING


def test_a_busy_machine_is_waited_for(
    gcp: Gcp, bed: Bed, running: InstanceSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed.fault("compute.instances.stop", "error", code="resourceNotReady", message=BUSY, http_status=400, surface="http")
    gcp.stop(ref_of(running))
    assert state(gcp, running) is State.STOPPED
    monkeypatch.setattr(power, "_WITHIN", 0.2)
    bed.fault(
        "compute.instances.start",
        "error",
        code="resourceNotReady",
        message=BUSY,
        http_status=400,
        surface="http",
        times=-1,
    )
    with pytest.raises(ProviderError, match="busy"):
        gcp.start(ref_of(running), caller_cidr=HERE)


def test_a_stopped_machine_is_found_with_its_marks_and_can_be_destroyed(
    gcp: Gcp, bed: Bed, running: InstanceSpec
) -> None:
    gcp.stop(ref_of(running))
    (listed,) = gcp.instances()
    assert (listed.state, listed.host, listed.ref.name) == (State.STOPPED, None, running.name)
    gcp.destroy(ref_of(running))
    assert list(gcp.leftovers(running.launch_id)) == []
