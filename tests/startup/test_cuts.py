"""The power may go at any command: the next boot takes up what was begun, and nothing is installed twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.startup.fresh import DEBIAN_12, UBUNTU_22, UBUNTU_24, Fresh
from tests.startup.machine import FOR_EVER, STAGES

SYSTEMS = [UBUNTU_22, UBUNTU_24, DEBIAN_12]
ONCE = STAGES[2:]
CUT = -9
SLOW_COMPUTERS_TOO = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


def consistent(machine: Fresh) -> None:
    """After a cut: the stage that it says it is in comes right after those that are over."""
    over = list(dict.fromkeys(line[0] for line in machine.stages))
    assert over == STAGES[: len(over)]
    assert all(len(line) == 4 and line[3] == "done" for line in machine.stages)
    status = machine.state / "status"
    if status.exists():
        word, _, stage = machine.status.partition(" ")
        assert (word, stage) == ("done", "") or (word == "running" and stage in STAGES[: len(over) + 1])


@SLOW_COMPUTERS_TOO
@given(system=st.sampled_from(SYSTEMS), cuts=st.lists(st.integers(1, 300), min_size=1, max_size=3))
def test_whenever_the_power_goes_the_machine_comes_to_its_end(system: str, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Fresh(Path(folder), system)
        for cut in cuts:
            assert machine.switch_on(FOR_EVER, cut) in (0, CUT), machine.log
            consistent(machine)
        assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
        assert [line[0] for line in machine.stages if line[0] in ONCE] == ONCE, "one line for each"
        assert len(machine.configured) == len(set(machine.configured)), "one installation"
        assert {"docker-ce", "nvidia-container-toolkit"} <= set(machine.configured)
        assert (machine.folder / "running").read_text().startswith('{"nvidia"')
        assert not list(machine.state.glob("installing-*"))


@SLOW_COMPUTERS_TOO
@given(cut=st.integers(1, 300), faults=st.integers(0, 6))
def test_a_cut_does_not_hide_what_is_wrong(cut: int, faults: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Fresh(Path(folder), UBUNTU_24)
        machine.answers(*["ok"] * faults, "*E: Unable to correct problems, you have held broken packages.")
        machine.switch_on(FOR_EVER, cut)
        if machine.switch_on(FOR_EVER) == 0:
            assert machine.status == "done"
            return
        word, stage, line = machine.status.split()
        assert word == "failed" and machine.stages[-1][0] == stage and machine.stages[-1][3] == "failed"
        assert machine.failure[0] == f"{stage} {line} 100"
        assert "apt " in FOR_EVER.splitlines()[int(line) - 1]


@pytest.mark.parametrize("stage", STAGES)
def test_a_machine_that_goes_down_in_a_stage_takes_it_up_again(tmp_path: Path, stage: str) -> None:
    machine = Fresh(tmp_path, DEBIAN_12)
    assert machine.switch_on(FOR_EVER, 3, stage) == CUT
    consistent(machine)
    assert machine.status == f"running {stage}"
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
    assert [line[0] for line in machine.stages if line[0] in ONCE] == ONCE
