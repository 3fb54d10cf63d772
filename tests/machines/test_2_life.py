"""What becomes of a machine that is rebooted, loses its power, is stopped, and switches itself off."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.e2e.person import wait_for
from tests.machines.bed import CLOUDS, Owner


def _times(owner: Owner, name: str, stage: str) -> int:
    return sum(line[0] == stage for line in owner.stages(name))


@pytest.mark.parametrize(
    ("cloud", "how"), [("aws", "by itself"), ("gcp", "reboot"), ("aws", "power cut"), ("gcp", "power cut")]
)
def test_it_comes_back_and_installs_nothing_again(launched: Owner, cloud: str, how: str) -> None:
    name = f"bare-{cloud}"
    before, boots = launched.boot_id(name), _times(launched, name, "lifetime")
    assert before
    if how == "by itself":
        launched.shell(name, "sudo systemctl reboot")
    else:
        launched.happen(name, how)
    wait_for(lambda: launched.boot_id(name) not in ("", before), 60)
    wait_for(lambda: launched.is_ready(name), 60)
    assert _times(launched, name, "docker") == 1
    assert _times(launched, name, "lifetime") == boots + 1
    assert "TEST GPU" in launched.cell(name, "!nvidia-smi -L")


def test_an_engine_that_is_killed_comes_back_with_the_notebook(launched: Owner) -> None:
    name = "bare-gcp"
    before = launched.shell(name, "pidof dockerd").stdout.strip()
    launched.shell(name, "sudo kill -9 $(pidof dockerd)")
    wait_for(lambda: launched.shell(name, "pidof dockerd").stdout.strip() not in ("", before), 60)
    wait_for(lambda: launched.is_ready(name), 60)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_stopped_machine_is_not_billed_and_keeps_its_disk(launched: Owner, cloud: str) -> None:
    name = f"bare-{cloud}"
    launched.shell(name, "echo kept > notebooks/kept && sync")
    billed = len(launched.running_bills("instance"))
    launched.ok("stop", name)
    assert len(launched.running_bills("instance")) == billed - 1
    launched.ok("start", name, within=200)
    assert len(launched.running_bills("instance")) == billed
    assert launched.shell(name, "cat notebooks/kept").stdout == "kept\n"
    assert _times(launched, name, "docker") == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_machine_that_switches_itself_off_is_billed_no_longer(launched: Owner, cloud: str) -> None:
    name = f"bare-{cloud}"
    number = launched.json("status", name)["id"]
    asked = datetime.now(timezone.utc).isoformat()
    launched.shell(name, "sudo systemctl poweroff")
    wait_for(lambda: not any(number in one["id"] for one in launched.running_bills("instance")), 30)
    ended = [one["ended_at"] for one in launched.ledger()["ledger"] if number in one["id"]]
    assert max(ended) > asked
    if cloud == "aws":  # our machines there are removed by their end
        wait_for(lambda: not launched.running_bills("disk") or launched.running_bills("disk")[0]["cloud"] == "gcp", 30)
    launched.ok("destroy", name, "--yes")
    assert not [one for one in launched.ledger()["ledger"] if one["cloud"] == cloud and one["ended_at"] is None]
