"""A launch that nobody has shortened: real boot, real packages, real containers."""

from __future__ import annotations

import pytest

from tests.machines.bed import CLOUDS, Owner

CELL = """\
import subprocess
print(6 * 7, subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout)"""


@pytest.mark.parametrize("cloud", CLOUDS)
def test_on_a_bare_image_everything_is_installed(launched: Owner, cloud: str) -> None:
    told = launched.cell(f"bare-{cloud}", CELL)
    assert "42" in told and "TEST GPU" in told
    installed = launched.shell(f"bare-{cloud}", "dpkg-query -W docker-ce nvidia-container-toolkit")
    assert installed.returncode == 0, installed.stderr


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_machine_keeps_a_record_of_its_stages(launched: Owner, cloud: str) -> None:
    stages = launched.stages(f"bare-{cloud}")
    assert [line[0] for line in stages[:2]] == ["lifetime", "host-keys"]
    once = ["quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"]
    assert [line[0] for line in stages if line[0] in once] == once
    assert {line[3] for line in stages} == {"done"}


def test_on_a_prepared_image_nothing_is_installed(owner: Owner) -> None:
    wanted = ("--provider", "aws", "--gpu", "T4", "--max-lifetime", "8h", "--yes")
    owner.ok("launch", "prepared", *wanted, within=200)
    assert "TEST GPU" in owner.cell("prepared", CELL)
    history = owner.shell("prepared", "cat /var/log/apt/history.log 2>/dev/null; ls /etc/apt/sources.list.d")
    assert history.stdout.strip() == ""
    owner.ok("destroy", "prepared", "--yes")
    assert owner.run("status", "prepared").returncode != 0
