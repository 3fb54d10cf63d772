"""Whenever its power goes while it installs, the machine comes to its end, and has installed everything once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machines.bed import left
from tests.machines.cuts import boots, cut, hit

ONCE = ["quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"]


@pytest.mark.usefixtures("can_have_machines")
def test_power_that_goes_again_and_again(tmp_path: Path) -> None:
    told = cut(tmp_path, times=5, seed=1)
    assert told["status"] == "done", told["log"]
    finished = [line.split() for line in told["stages"]]
    assert [line[0] for line in finished if line[0] in ONCE] == ONCE
    assert {line[3] for line in finished} == {"done"}
    assert told["boots"] > 1
    assert left(tmp_path) == []


@pytest.mark.usefixtures("can_have_machines")
def test_each_stage_that_takes_its_time_is_taken_up_again(tmp_path: Path) -> None:
    blows = [
        (stage, how)
        for stage in ("driver", "docker", "nvidia-container-toolkit")
        for how in ("kill", "reboot", "power cut")
    ]
    told = hit(tmp_path, blows)
    assert told["hits"] >= 4, told["log"]
    finished = [line.split() for line in told["stages"]]
    assert [line[0] for line in finished if line[0] in ONCE] == ONCE
    assert {line[3] for line in finished} == {"done"}


@pytest.mark.usefixtures("can_have_machines")
def test_five_boots_are_one_installation(tmp_path: Path) -> None:
    told = boots(tmp_path, 5)
    finished = [line.split()[0] for line in told["stages"]]
    assert [one for one in finished if one in ONCE] == ONCE
    assert finished.count("lifetime") == len(told["seconds"]) == 5
