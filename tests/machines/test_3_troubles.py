"""Launches that cannot end well: they say why, and leave nothing that is billed."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudgpu.rehearsal import client
from cloudgpu.rules.troubles import RESTART_DOCKER
from tests.e2e.person import wait_for
from tests.machines.bed import Owner

DRIVER = {"cloud": "guest", "operation": "driver", "effect": "error", "code": "mismatch", "times": 1}
REPOSITORY = {
    **{"cloud": "guest", "operation": "repository", "effect": "error", "times": -1},
    "match": {"host": "nvidia.github.io"},
}


@pytest.fixture(scope="module")
def ended(owner: Owner) -> dict[str, subprocess.CompletedProcess[str]]:
    """Two launches side by side: a prepared image with a driver that does not fit, and a bare one whose repository of
    NVIDIA's packages is down. Then one whose user's own script fails."""
    found = client.running(owner.home / "rehearsal")
    assert found is not None
    for rule in (DRIVER, REPOSITORY):
        client.call(found, "POST", "/_rehearsal/faults", rule)

    def launch(cloud: str, *more: str) -> subprocess.CompletedProcess[str]:
        wanted = ("--provider", cloud, "--gpu", "T4", "--max-lifetime", "8h", "--yes")
        return owner.run("launch", f"bad-{cloud}", *wanted, *more, within=300)

    with ThreadPoolExecutor() as both:
        # a machine takes the rule about drivers when it first boots: only this one asks for it, as the other begins
        # when its rule is used up
        aws = both.submit(launch, "aws")
        wait_for(lambda: aws.done() or client.call(found, "GET", "/_rehearsal/faults")[0]["times"] == 0)
        gcp = both.submit(launch, "gcp")
        told = {"aws": aws.result(), "gcp": gcp.result()}
    own = owner.home / "bad.sh"
    own.write_text("#!/bin/sh\necho no such bucket >&2\nexit 3\n")
    told["own"] = launch("aws", "--startup-script", str(own))
    client.call(found, "DELETE", "/_rehearsal/faults")
    return told


def test_a_driver_that_does_not_fit_is_named(ended: dict[str, subprocess.CompletedProcess[str]]) -> None:
    assert ended["aws"].returncode not in (0, 1), ended["aws"].stderr
    assert "Driver/library version mismatch" in ended["aws"].stderr


def test_a_repository_that_is_down_is_named_with_its_stage(
    ended: dict[str, subprocess.CompletedProcess[str]],
) -> None:
    assert ended["gcp"].returncode not in (0, 1), ended["gcp"].stderr
    assert "nvidia-container-toolkit" in ended["gcp"].stderr


def test_a_script_of_the_users_own_that_fails_is_shown(ended: dict[str, subprocess.CompletedProcess[str]]) -> None:
    assert ended["own"].returncode == 7, ended["own"].stderr
    assert "no such bucket" in ended["own"].stderr and "status 3" in ended["own"].stderr


@pytest.mark.usefixtures("ended")  # another machine would take the rule
def test_an_engine_older_than_the_toolkit_is_restarted(owner: Owner) -> None:
    found = client.running(owner.home / "rehearsal")
    assert found is not None
    client.call(found, "POST", "/_rehearsal/faults", {**DRIVER, "code": "late toolkit"})
    wanted = ("--provider", "aws", "--gpu", "T4", "--max-lifetime", "8h", "--yes")
    told = owner.run("launch", "late", *wanted, within=200)
    assert told.returncode == 0 and RESTART_DOCKER.told in told.stderr, told.stderr
    assert "TEST GPU" in owner.cell("late", "!nvidia-smi -L")
    owner.ok("destroy", "late", "--yes")


@pytest.mark.usefixtures("ended")
def test_nothing_of_them_is_billed(owner: Owner) -> None:
    assert [one for kind in ("instance", "disk", "address") for one in owner.running_bills(kind)] == []
