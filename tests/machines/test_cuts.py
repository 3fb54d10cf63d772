"""Whenever its power goes while it installs, the machine comes to its end, and has installed everything once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machines.bed import left
from tests.machines.cuts import cut

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
