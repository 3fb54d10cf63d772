"""Buying a machine, over HTTP, from a cloud that refuses, loses answers and forgets nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import CapacityError, NetworkError, OutcomeUnknown, PolicyError, QuotaError, Scope
from cloudgpu.model import InstanceSpec, Origin, State
from cloudgpu.providers.gcp import operations
from cloudgpu.providers.gcp.provider import Gcp
from tests.providers_gcp.bed import PROJECT, Bed, ref_of
from tests.providers_gcp.conftest import MakeSpec

ZONES = ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f")


def rules(bed: Bed, spec: InstanceSpec) -> list[dict[str, object]]:
    listed = bed.raw("global/firewalls").json().get("items", [])
    return [rule for rule in listed if spec.launch_id in rule["name"]]


def nothing_billed(gcp: Gcp, spec: InstanceSpec) -> bool:
    left = [line for line in gcp.leftovers(spec.launch_id) if not line.startswith("firewall rule")]
    return not left and gcp.find(ref_of(spec)) is None


def nothing_left(bed: Bed, gcp: Gcp, spec: InstanceSpec) -> bool:
    return not rules(bed, spec) and not gcp.leftovers(spec.launch_id) and gcp.find(ref_of(spec)) is None


def asked(bed: Bed, since: int) -> list[str]:
    """Verb and last words of the paths, in order: `POST firewalls`."""
    lines = [line.split()[:2] for line in bed.asked[since:]]
    return [f"{verb} {path.partition('?')[0].rpartition('/')[2]}" for verb, path in lines]


@pytest.fixture
def stock(bed: Bed) -> Iterator[Callable[..., object]]:
    """Turns the cloud's capacity; plenty again after the test."""
    yield lambda *dry, **more: bed.configure({"capacity": {"dry": list(dry), **more}})
    bed.configure({"capacity": None})


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


def test_the_fewest_questions(bed: Bed, signed_in: pytest.MonkeyPatch, make_spec: MakeSpec) -> None:
    spec, gcp = make_spec(), Gcp(Origin("gcp"))
    before = len(bed.asked)
    gcp.create(spec)
    name = f"cloudgpu-{spec.launch_id}"
    image = "GET ubuntu-accelerator-2404-amd64-with-nvidia-580"
    assert asked(bed, before) == [image, "POST firewalls", "POST instances", "POST wait", "POST wait", f"GET {name}"]
    before = len(bed.asked)
    gcp.destroy(ref_of(spec))
    assert asked(bed, before) == [
        f"DELETE {name}", f"DELETE {name}-ssh", "POST wait", "POST wait", "GET disks",
    ]  # fmt: skip


def test_a_refusal_costs_one_question_more_and_the_rule_is_kept(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, stock: Callable[..., object]
) -> None:
    launch_id = uuid.uuid4().hex[:12]
    specs = [make_spec(zone, launch_id=launch_id) for zone in ZONES]
    gcp.create(make_spec())  # so that the image is known
    stock({"zone": "us-central1-*", "times": 3})
    name = f"cloudgpu-{launch_id}"
    for number, spec in enumerate(specs[:3]):
        before = len(bed.asked)
        with pytest.raises(CapacityError) as caught:
            gcp.create(spec)
        first = ["POST firewalls"] if number == 0 else []
        assert asked(bed, before) == [*first, "POST instances", "POST wait", f"DELETE {name}"]
        assert (caught.value.scope is Scope.ACCOUNT, spec.offer.zone in caught.value.brief) == (False, True)
        assert nothing_billed(gcp, spec)
    before = len(bed.asked)
    assert gcp.create(specs[3]).ref.zone == ZONES[3]
    assert "POST firewalls" not in asked(bed, before)
    assert len(rules(bed, specs[0])) == 1
    gcp.destroy(ref_of(specs[3]))
    assert nothing_left(bed, gcp, specs[0])


def test_a_machine_that_stayed_after_its_refusal_is_removed(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec, stock: Callable[..., object]
) -> None:
    spec = make_spec()
    stock({"zone": spec.offer.zone, "times": 1, "phantom_seconds": 60})
    before = len(bed.asked)
    with pytest.raises(CapacityError):
        gcp.create(spec)
    assert "GET disks" in asked(bed, before)
    assert nothing_billed(gcp, spec)


def test_a_refusal_of_everything_takes_the_rule_along(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.configure({"projects": {PROJECT: {"policies": {"compute.vmExternalIpAccess": []}}}})
    with pytest.raises(PolicyError) as caught:
        gcp.create(spec)
    bed.configure({"projects": {PROJECT: {}}})
    assert "vmExternalIpAccess" in caught.value.details
    assert nothing_left(bed, gcp, spec)
    assert gcp.create(replace(spec, attempt=1)).state is State.RUNNING
    assert len(rules(bed, spec)) == 1


def test_the_default_way_satisfies_shielded_machines(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.configure({"projects": {PROJECT: {"policies": {"compute.requireShieldedVm": True}}}})
    assert gcp.create(spec).state is State.RUNNING


def test_a_rule_that_cannot_be_made_is_a_machine_less(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.fault(
        "compute.firewalls.insert",
        "error",
        code="QUOTA_EXCEEDED",
        message="Quota 'FIREWALLS' exceeded.  Limit: 200.0 globally.",
        http_status=403,
        surface="operation",
    )
    with pytest.raises(QuotaError):
        gcp.create(spec)
    assert nothing_left(bed, gcp, spec)
    assert gcp.create(replace(spec, attempt=1)).state is State.RUNNING
    assert len(rules(bed, spec)) == 1


def test_a_zone_that_was_out_of_stock_can_be_asked_again(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.sell_out(spec.offer.zone)
    with pytest.raises(CapacityError):
        gcp.create(spec)
    with pytest.raises(CapacityError):
        gcp.create(spec)  # the same attempt has the same answer
    assert gcp.create(replace(spec, attempt=1)).state is State.RUNNING


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
    assert gcp.create(replace(spec, attempt=1)).ref == first.ref, "as if its request id had been forgotten"
    assert gcp.create(replace(spec, startup_script="#!/bin/sh\nfalse\n")).ref == first.ref, "resumed with other wishes"
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
    assert nothing_left(bed, gcp, spec) if region is None else nothing_billed(gcp, spec)


def test_no_network_to_put_it_in(gcp: Gcp, bed: Bed, make_spec: MakeSpec) -> None:
    spec = make_spec()
    bed.configure({"projects": {PROJECT: {"default_network": False}}})
    try:
        with pytest.raises(NetworkError) as caught:
            gcp.create(spec)
    finally:
        bed.configure({"projects": {PROJECT: {}}})
    assert "--network" in caught.value.remedy
    assert nothing_left(bed, gcp, spec)


def test_a_spot_machine(gcp: Gcp, make_spec: MakeSpec) -> None:
    spec = make_spec(spot=True)
    instance = gcp.create(spec)
    assert (instance.spot, instance.hourly) == (True, spec.offer.hourly)


def test_a_private_image_gives_the_machine_the_least_identity_that_pulls(
    gcp: Gcp, bed: Bed, make_spec: MakeSpec
) -> None:
    public, private = make_spec("us-central1-a"), make_spec("us-central1-b")
    gcp.create(replace(public, image="quay.io/jupyter/pytorch-notebook:latest"))
    gcp.create(replace(private, image="us-docker.pkg.dev/mine/repo/app:1"))
    machines = [
        bed.raw(f"zones/{one.offer.zone}/instances/cloudgpu-{one.launch_id}").json() for one in (public, private)
    ]
    scopes = [[one["scopes"] for one in machine["serviceAccounts"]] for machine in machines]
    assert scopes == [[], [["https://www.googleapis.com/auth/devstorage.read_only"]]]
