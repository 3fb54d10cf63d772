"""launch, stopped by Ctrl-C or by an undo that fails: nothing is left, or what may be left is said."""

from __future__ import annotations

import pytest

from cloudgpu.errors import ContainerError, NoRouteError
from cloudgpu.model import CommandResult
from cloudgpu.workflows import launch as launching
from cloudgpu.workflows.launch import launch
from tests.workflows.bench import Bench, healthy
from tests.workflows.test_launch import BROKEN, DOCKER, REFUSED


@pytest.mark.parametrize("step", ["create", "find", "host_keys"])
def test_ctrl_c_in_any_call_to_the_cloud_undoes_the_launch(bench: Bench, step: str) -> None:
    made = bench.plan()
    bench.cloud.fail(step, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        launch(made, bench.deps)
    assert bench.cloud.billing == []
    assert bench.store.records() == []


@pytest.mark.parametrize("stage", BROKEN)
def test_ctrl_c_on_the_machine_undoes_the_launch(bench: Bench, stage: str) -> None:
    def interrupt(argv: object, stdin: object) -> CommandResult:
        raise KeyboardInterrupt

    bench.remote = healthy((BROKEN[stage][0], interrupt))
    with pytest.raises(KeyboardInterrupt):
        launch(bench.plan(), bench.deps)
    assert bench.cloud.billing == []
    assert bench.store.records() == []


def test_a_second_ctrl_c_says_what_may_remain(bench: Bench) -> None:
    made = bench.plan()
    bench.remote = healthy((["nvidia-smi"], _interrupt))
    bench.cloud.fail("destroy", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        launch(made, bench.deps)
    assert "Interrupted again" in bench.notes()[-1]
    assert "cloudgpu destroy quiet-otter --yes" in bench.notes()[-1]
    assert bench.store.load("quiet-otter") is not None


def test_an_undo_that_fails_keeps_the_name_and_the_first_error(bench: Bench) -> None:
    made = bench.plan()
    bench.remote = healthy(([*DOCKER, "run"], REFUSED))
    bench.cloud.fail("destroy", NoRouteError("no network", remedy="wait"))
    with pytest.raises(ContainerError):
        launch(made, bench.deps)
    assert "could not be removed (no network)" in bench.notes()[-1]
    assert bench.store.load("quiet-otter") is not None


def _interrupt(argv: object, stdin: object) -> CommandResult:
    raise KeyboardInterrupt


def test_a_launch_that_was_killed_is_taken_up_again(bench: Bench) -> None:
    made = bench.plan()
    bench.cloud.fail("destroy", NoRouteError("killed", remedy=""))
    bench.remote = healthy((["nvidia-smi"], _interrupt))
    with pytest.raises(KeyboardInterrupt):
        launch(made, bench.deps)
    there = launching.unfinished("quiet-otter", bench.deps)
    assert there is not None
    assert not there.ready
    bench.remote = healthy()
    record = launch(bench.plan(launch_id=there.launch_id), bench.deps)
    assert record.ready
    assert bench.cloud.calls.count("create") == 1
    assert len(bench.cloud.billing) == 2
