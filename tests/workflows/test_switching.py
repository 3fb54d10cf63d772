"""stop and start: the machine goes off and comes back, with its notebook."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudgpu.errors import CapacityError, ContainerError, NotFoundError, UsageError
from cloudgpu.model import CommandResult, Record, State
from cloudgpu.workflows.launch import launch
from cloudgpu.workflows.start import start
from cloudgpu.workflows.stop import stop
from tests.workflows.bench import Bench, healthy, without


@pytest.fixture
def record(bench: Bench) -> Record:
    return launch(bench.plan(), bench.deps)


def test_off_and_on_again_with_the_same_machine(bench: Bench, record: Record) -> None:
    off = stop(record, bench.deps)
    assert off.instance is not None
    assert off.instance.state is State.STOPPED
    assert bench.store.load(record.name) == off
    on = start(off, bench.deps)
    assert record.instance is not None
    assert on.instance is not None
    assert (on.instance.ref, on.instance.state, on.instance.hourly) == (
        record.instance.ref,
        State.RUNNING,
        record.instance.hourly,
    )
    assert bench.store.load(record.name) == on
    assert on.container == record.container  # it came back by itself


def test_a_notebook_that_did_not_come_back_is_started_again(bench: Bench, record: Record) -> None:
    off = stop(record, bench.deps)
    bench.remote = healthy()  # a machine that has forgotten its token
    assert start(off, bench.deps).ready
    assert "starting img:1 again" in bench.notes()[-2]


def test_without_a_known_image_it_is_said(bench: Bench, record: Record) -> None:
    off = replace(stop(record, bench.deps), container=None)
    bench.remote = healthy((["cat"], CommandResult(1, "", "No such file")))
    with pytest.raises(ContainerError, match="no notebook answers"):
        start(off, bench.deps)


def test_a_machine_whose_time_is_over_is_not_started(bench: Bench, record: Record) -> None:
    off = stop(record, bench.deps)
    assert off.instance is not None
    over = replace(off, instance=replace(off.instance, expires_at=off.created_at - timedelta(seconds=1)))
    with pytest.raises(UsageError, match="lifetime of quiet-otter is over"):
        start(over, bench.deps)
    assert "start" not in bench.cloud.calls


def test_a_zone_without_room_leaves_it_stopped(bench: Bench, record: Record) -> None:
    off = stop(record, bench.deps)
    bench.cloud.sell_out("mars-1-a")
    with pytest.raises(CapacityError):
        start(off, bench.deps)
    assert bench.store.load(record.name) == off


@pytest.mark.parametrize("verb", [stop, start])
def test_what_is_gone_is_said(bench: Bench, record: Record, verb: object) -> None:
    bench.cloud.vanish("c0ffee")
    with pytest.raises(NotFoundError):
        (stop if verb is stop else start)(record, bench.deps)
    with pytest.raises(NotFoundError):
        (stop if verb is stop else start)(replace(record, instance=None), bench.deps)


def test_a_cloud_that_cannot_stop_machines(bench: Bench, record: Record) -> None:
    for verb in (stop, start):
        with pytest.raises(UsageError, match="cannot be stopped"):
            verb(record, replace(bench.deps, provider=without(bench.cloud, "stop", "start")))
