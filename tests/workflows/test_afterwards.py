"""destroy, status, reconcile: after the launch, and after somebody else did something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudgpu.errors import AuthError, CapacityError, NoRouteError, UnreachableError
from cloudgpu.model import CommandResult, Record, SshTarget, State
from cloudgpu.protocols import Remote
from cloudgpu.testing.samples import OFFERS, spec
from cloudgpu.workflows import host_keys
from cloudgpu.workflows.destroy import destroy
from cloudgpu.workflows.launch import launch
from cloudgpu.workflows.reconcile import reconcile
from cloudgpu.workflows.status import status
from tests.workflows.bench import ORIGIN, Bench, healthy


@pytest.fixture
def record(bench: Bench) -> Record:
    return launch(bench.plan(), bench.deps)


def test_destroy_gives_a_receipt_and_leaves_nothing(bench: Bench, record: Record) -> None:
    from dataclasses import replace

    assert record.instance is not None
    later = record.instance.created_at + timedelta(hours=2)
    receipt = destroy(record, replace(bench.deps, now=lambda: later))
    assert receipt.left == ()
    assert [(one.kind, round(one.hours, 3), str(one.usd)) for one in receipt.removed] == [
        ("instance rover-4 in mars-1-a", 2.0, "1.00")
    ]
    assert bench.cloud.billing == []
    assert bench.store.records() == []


def test_destroy_twice_is_success(bench: Bench, record: Record) -> None:
    destroy(record, bench.deps)
    assert destroy(record, bench.deps).removed == ()


def test_what_stays_is_told_and_keeps_the_name(bench: Bench, record: Record) -> None:
    bench.cloud.sticky = {"disk"}
    receipt = destroy(record, bench.deps)
    assert len(receipt.left) == 1
    assert "disk" in receipt.left[0]
    assert bench.store.load(record.name) is not None


def test_destroy_removes_what_an_unfinished_launch_left(bench: Bench) -> None:
    made = bench.plan()
    bench.cloud.lose_answers()
    bench.cloud.fail("destroy", NoRouteError("no network", remedy="wait"))
    with pytest.raises(Exception, match="did not answer"):
        launch(made, bench.deps)
    left = bench.store.load("quiet-otter")
    assert left is not None
    assert len(bench.cloud.billing) == 2
    destroy(left, bench.deps)
    assert bench.cloud.billing == []


def test_a_refusal_that_comes_as_late_as_the_destroy_does_not_stop_it(bench: Bench, record: Record) -> None:
    bench.cloud.fail(
        "find", CapacityError("taken back", remedy="elsewhere", code="Server.InsufficientInstanceCapacity")
    )
    assert destroy(record, bench.deps).left == ()
    assert bench.cloud.billing == []
    assert bench.store.records() == []


def test_destroy_leaves_a_namesake_alone(bench: Bench, record: Record) -> None:
    bench.cloud.create(spec(OFFERS[0], name=record.name))
    destroy(record, bench.deps)
    assert len(bench.cloud.billing) == 2


def test_status_asks_the_cloud_and_jupyter(bench: Bench, record: Record) -> None:
    seen = status(record, bench.deps)
    assert (seen.gone, seen.trouble) == (False, "")


@pytest.mark.parametrize("state", [State.STOPPED, State.STOPPING])
def test_status_of_a_machine_that_does_not_run(bench: Bench, record: Record, state: State) -> None:
    bench.cloud.set_state("c0ffee", state)
    seen = status(record, bench.deps)
    assert seen.trouble == state.value
    assert bench.store.load(record.name) == seen.record


def test_status_when_jupyter_is_silent(bench: Bench, record: Record) -> None:
    machine = healthy((["cat"], CommandResult(0, "abc", "")))
    bench.remote = machine
    assert "does not answer" in status(record, bench.deps).trouble
    bench.remote = healthy((["cat"], CommandResult(1, "", "No such file")))
    assert "no Jupyter token" in status(record, bench.deps).trouble


def test_status_when_ssh_is_silent(bench: Bench, record: Record) -> None:
    from dataclasses import replace

    def refuse(target: SshTarget) -> Remote:
        raise UnreachableError("Connection refused.", remedy="wait")

    assert status(record, replace(bench.deps, connect=refuse)).trouble == "Connection refused."


def test_status_of_what_is_gone_and_of_what_never_was(bench: Bench, record: Record) -> None:
    bench.cloud.vanish("c0ffee")
    assert status(record, bench.deps).gone
    unfinished = bench.store.reserve("new-one", "c1", ORIGIN)
    assert "unfinished" in status(unfinished, bench.deps).trouble


def test_reconcile_finds_again_what_the_store_has_lost(bench: Bench, record: Record) -> None:
    bench.store.forget(record.name, record.launch_id)
    reconcile(bench.deps)
    found = bench.store.load(record.name)
    assert found is not None
    assert found.ready
    assert found.instance == record.instance
    assert host_keys.lack(found)
    assert host_keys.learn(found, bench.deps).host_keys == record.host_keys
    assert not host_keys.lack(bench.store.load(record.name) or found)


def test_reconcile_drops_what_is_gone_and_keeps_an_unfinished_launch(bench: Bench, record: Record) -> None:
    bench.store.reserve("new-one", "c1", ORIGIN)
    bench.cloud.vanish("c0ffee")
    reconcile(bench.deps)
    assert [one.name for one in bench.store.records()] == ["new-one"]


@pytest.mark.parametrize("answer", [None, NoRouteError("the zone gives no answer", remedy="wait")])
def test_reconcile_keeps_what_is_only_missing_in_the_list(
    bench: Bench, record: Record, answer: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.cloud, "instances", lambda: [])
    if answer:
        bench.cloud.fail("find", answer)
    reconcile(bench.deps)
    assert bench.store.records() == [record]


def test_reconcile_gives_a_namesake_another_name(bench: Bench, record: Record) -> None:
    bench.cloud.create(spec(OFFERS[0], name=record.name, launch_id="cafe00112233"))
    reconcile(bench.deps)
    assert [one.name for one in bench.store.records()] == [record.name, f"{record.name}-cafe00"]


def test_reconcile_knows_an_instance_that_was_launched_by_another_way_to_the_account(
    bench: Bench, record: Record
) -> None:
    from dataclasses import replace

    reconcile(replace(bench.deps, origin=replace(ORIGIN, project="the-default-one")))
    assert bench.store.records() == [record]


@pytest.mark.parametrize("error", [AuthError("who are you", remedy="login"), NoRouteError("no network", remedy="wait")])
def test_a_cloud_that_cannot_be_asked_changes_nothing(bench: Bench, record: Record, error: Exception) -> None:
    bench.cloud.fail("instances", error)
    reconcile(bench.deps)
    assert bench.store.load(record.name) is not None
    assert "was not asked" in bench.notes()[-1]
