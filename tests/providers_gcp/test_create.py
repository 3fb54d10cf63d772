"""Buying a machine, over HTTP, from a cloud that refuses, loses answers and forgets nothing."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import CapacityError, OutcomeUnknown, ProviderError, QuotaError
from cloudgpu.model import InstanceSpec, State
from cloudgpu.providers.gcp import operations
from cloudgpu.providers.gcp.provider import Gcp
from tests.providers_gcp.bed import STOCKOUT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec

ZONES = ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f")


def rules(bed: Bed, spec: InstanceSpec) -> list[dict[str, object]]:
    listed = bed.raw("global/firewalls").json().get("items", [])
    return [rule for rule in listed if spec.launch_id in rule["name"]]


def nothing_left(bed: Bed, gcp: Gcp, spec: InstanceSpec) -> bool:
    return not rules(bed, spec) and not gcp.leftovers(spec.launch_id) and gcp.find(ref_of(spec)) is None


def test_what_was_asked_for_is_made_marked_and_open_to_the_caller_only(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = replace(make_spec(), expires_at=datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=8))
    instance = gcp.create(spec)
    assert (instance.state, instance.gpu, instance.ref.zone) == (State.RUNNING, spec.offer.gpu, "us-central1-a")
    assert (instance.hourly, instance.expires_at, instance.owner) == (spec.offer.hourly, spec.expires_at, spec.owner)
    (rule,) = rules(bed, spec)
    assert rule["name"] == f"cloudgpu-{spec.launch_id}-ssh"
    assert rule["sourceRanges"] == ["192.0.2.7/32"]
    assert rule["targetTags"] == [f"cloudgpu-{spec.launch_id}"]
    assert rule["allowed"] == [{"IPProtocol": "tcp", "ports": ["22"]}]
    disk = bed.raw(f"zones/us-central1-a/disks/cloudgpu-{spec.launch_id}").json()
    assert disk["labels"]["cloudgpu-launch-id"] == spec.launch_id


def test_the_fewest_questions(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    before = len(bed.asked)
    gcp.create(spec)
    assert [line.split()[0] for line in bed.asked[before:]] == ["POST", "POST", "POST", "POST", "GET"]
    before = len(bed.asked)
    gcp.destroy(ref_of(spec))
    assert [line.split()[0] for line in bed.asked[before:]] == ["DELETE", "DELETE", "POST", "POST", "GET"]


def test_three_zones_are_out_of_stock_before_the_fourth(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    launch_id = uuid.uuid4().hex[:12]
    specs = [make_spec(zone, launch_id=launch_id) for zone in ZONES]
    bed.sell_out(*ZONES[:3])
    for spec in specs[:3]:
        with pytest.raises(CapacityError) as caught:
            gcp.create(spec)
        assert (caught.value.code, spec.offer.zone in caught.value.brief) == (STOCKOUT, True)
        assert nothing_left(bed, gcp, spec)
    assert gcp.create(specs[3]).ref.zone == ZONES[3]
    assert bed.billed().count("instance") == 1


def test_a_zone_that_was_out_of_stock_can_be_asked_again(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.sell_out(spec.offer.zone)
    with pytest.raises(CapacityError):
        gcp.create(spec)
    assert gcp.create(spec).state is State.RUNNING


@pytest.mark.parametrize("operation", ["compute.instances.insert", "compute.firewalls.insert"])
@pytest.mark.parametrize("effect", ["lost_response", "reset"])
def test_a_lost_answer_buys_one_machine(gcp: Gcp, bed: Bed, make_spec: MakeSpec, operation: str, effect: str) -> None:
    spec = make_spec()
    bed.fault(operation, effect, times=2)
    instance = gcp.create(spec)
    assert bed.billed().count("instance") == 1
    assert [one.ref for one in gcp.instances()] == [instance.ref]
    assert len(rules(bed, spec)) == 1


def test_a_server_that_stumbles_is_asked_again_for_the_same(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    bed.fault("compute.instances.insert", "error", code="backendError", http_status=503, surface="http", times=2)
    gcp.create(make_spec())
    assert bed.billed().count("instance") == 1


def test_throttling_is_waited_out(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    bed.fault("compute.instances.insert", "error", code="rateLimitExceeded", http_status=403, surface="http", times=2)
    assert gcp.create(make_spec()).state is State.RUNNING


def test_a_connection_that_breaks_while_waiting_is_no_failure(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    bed.fault("compute.zoneOperations.wait", "reset", times=2)
    assert gcp.create(make_spec()).state is State.RUNNING


def test_no_answer_at_all_is_not_taken_for_a_no(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_ASKING", 1.0)
    spec = make_spec()
    bed.fault("compute.instances.insert", "lost_response", times=-1)
    with pytest.raises(OutcomeUnknown) as caught:
        gcp.create(spec)
    assert caught.value.remedy
    bed.world.faults.clear()
    assert gcp.create(spec).ref.launch_id == spec.launch_id
    assert bed.billed().count("instance") == 1


def test_an_operation_without_end_is_an_open_question(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_WAITING", 0.5)
    spec = make_spec()
    bed.fault("compute.zoneOperations.wait", "reset", times=-1)
    with pytest.raises(OutcomeUnknown) as caught:
        gcp.create(spec)
    assert caught.value.code.startswith("operation-")


def test_asking_twice_is_asking_once_even_from_another_process(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    first = gcp.create(spec)
    assert gcp.create(spec).ref == first.ref
    gcp._instances._refused[spec.launch_id, spec.offer.zone] += 1  # as if its request id had been forgotten
    assert gcp.create(spec).ref == first.ref
    assert bed.billed().count("instance") == 1


def test_a_caller_who_moved_is_let_in_from_where_he_is(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    gcp.create(spec)
    gcp.create(replace(spec, caller_cidr="198.51.100.9/32"))
    assert [rule["sourceRanges"] for rule in rules(bed, spec)] == [["198.51.100.9/32"]]


@pytest.mark.parametrize(
    ("quota", "region"),
    [({"GPUS_ALL_REGIONS": 0}, None), ({"NVIDIA_T4_GPUS": {"us-central1": 0}}, "us-central1")],
)
def test_a_quota_refuses_and_leaves_nothing(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, quota: dict[str, object], region: str | None
) -> None:
    spec = make_spec()
    bed.configure({"quotas": quota})
    try:
        with pytest.raises(QuotaError) as caught:
            gcp.create(spec)
    finally:
        bed.configure({"quotas": {"GPUS_ALL_REGIONS": 16, "NVIDIA_T4_GPUS": 8}})
    assert (caught.value.region, caught.value.code) == (region, "QUOTA_EXCEEDED")
    assert next(iter(quota)) in caught.value.brief
    assert "is 0" in caught.value.brief
    assert nothing_left(bed, gcp, spec)


def test_no_network_to_put_it_in(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    message = "The resource 'projects/cloudgpu-rehearsal/global/networks/default' was not found"
    bed.fault("compute.firewalls.insert", "error", code="notFound", message=message, http_status=404, surface="http")
    with pytest.raises(ProviderError) as caught:
        gcp.create(spec)
    assert caught.value.remedy.startswith("gcloud compute networks create default")
    assert nothing_left(bed, gcp, spec)


def test_a_spot_machine(gcp: Gcp, make_spec: MakeSpec) -> None:
    spec = make_spec(spot=True)
    instance = gcp.create(spec)
    assert (instance.spot, instance.hourly) == (True, spec.offer.hourly)
