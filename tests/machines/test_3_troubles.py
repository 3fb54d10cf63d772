"""Launches that cannot end well: they say why, and leave nothing that is billed."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.guests.machines.nvidia import pci
from cloudgpu.rules.troubles import RESTART_DOCKER
from tests.e2e.person import wait_for
from tests.machines.bed import Owner

KINDS = ("instance", "disk", "address")
DRIVER = {"cloud": "guest", "operation": "driver", "effect": "error", "code": "mismatch", "times": 1}
TOOLKIT, PACKAGES = (
    {"cloud": "guest", "operation": "repository", "effect": "error", "times": -1, "match": {"host": host}}
    for host in ("nvidia.github.io", "developer.download.nvidia.com")
)


@pytest.fixture(scope="module")
def billed_before(owner: Owner) -> list[Any]:
    return _billed(owner)


@pytest.fixture(scope="module")
def ended(owner: Owner, billed_before: list[Any]) -> dict[str, subprocess.CompletedProcess[str]]:
    """Two launches side by side: a prepared image with a driver that does not fit, and a bare one whose repository of
    the toolkit is down. Then, side by side, one whose user's own script fails, and one whose driver's repository is
    down."""
    found = client.running(owner.home / "rehearsal")
    assert found is not None
    for rule in (DRIVER, TOOLKIT, PACKAGES):
        client.call(found, "POST", "/_rehearsal/faults", rule)

    def launch(cloud: str, *more: str, name: str = "bad") -> subprocess.CompletedProcess[str]:
        wanted = ("--provider", cloud, "--gpu", "T4", "--max-lifetime", "8h", "--yes")
        return owner.run("launch", f"{name}-{cloud}", *wanted, *more, within=300)

    with ThreadPoolExecutor() as both:
        # a machine takes the rule about drivers when it first boots: only this one asks for it, as the other begins
        # when its rule is used up
        aws = both.submit(launch, "aws")
        wait_for(lambda: aws.done() or client.call(found, "GET", "/_rehearsal/faults")[0]["times"] == 0)
        gcp = both.submit(launch, "gcp")
        told = {"aws": aws.result(), "gcp": gcp.result()}
        own = owner.home / "bad.sh"
        own.write_text("#!/bin/sh\necho no such bucket >&2\nexit 3\n")
        raw = both.submit(launch, "aws", "--machine-image", "ubuntu", name="raw")
        told["own"] = launch("aws", "--startup-script", str(own))
        told["driver"] = raw.result()
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


@pytest.mark.skipif(not pci.can_be_shown(), reason="this computer has no PCI bus")
def test_a_repository_of_the_driver_that_is_down_is_named_with_its_stage(
    ended: dict[str, subprocess.CompletedProcess[str]],
) -> None:
    assert ended["driver"].returncode == 7, ended["driver"].stderr
    assert "driver" in ended["driver"].stderr and "developer.download.nvidia.com" in ended["driver"].stderr


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
def test_nothing_of_them_is_billed(owner: Owner, billed_before: list[Any]) -> None:
    assert _billed(owner) == billed_before


def _billed(owner: Owner) -> list[Any]:
    return sorted((one["kind"], one["id"]) for kind in KINDS for one in owner.running_bills(kind))
