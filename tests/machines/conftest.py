"""One rehearsal for the whole folder, and two machines that were bare when they were launched."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.guests.machines import needs
from tests.machines.bed import CLOUDS, Owner, left

BARE = {"aws": ("--machine-image", "ubuntu"), "gcp": ()}
OWN_SCRIPT = """#!/bin/bash
# hunter2
set -e
docker version >/dev/null
id -un >/var/own-script
"""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(
        "No NVIDIA GPU was used here: NVIDIA's parts are stand-ins that call themselves TEST GPU."
    )


@pytest.fixture(scope="session")
def can_have_machines() -> None:
    try:
        needs.check()
    except UsageError as error:
        pytest.skip(f"{error.brief} {error.remedy}")


@pytest.fixture(scope="session")
def owner(can_have_machines: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """When it is over, nothing is left: no process, no mount, no namespace."""
    home: Path = tmp_path_factory.mktemp("owner")
    found = Owner(home)
    try:
        found.begin()
        yield found
    finally:
        found.close()
    assert left(home / "rehearsal") == []


@pytest.fixture(scope="session")
def launched(owner: Owner) -> Owner:
    """`bare-aws` and `bare-gcp`, side by side, each on an image without Docker and without NVIDIA's toolkit, while
    Docker's repository fails now and then."""
    found = client.running(owner.home / "rehearsal")
    assert found is not None
    for effect in ("error", "reset"):
        rule = {"cloud": "guest", "operation": "repository", "effect": effect, "match": {"host": "download.docker.com"}}
        client.call(found, "POST", "/_rehearsal/faults", rule)

    own = owner.home / "own.sh"
    own.write_text(OWN_SCRIPT)

    def launch(cloud: str) -> None:
        wanted = ("--provider", cloud, "--gpu", "T4", "--max-lifetime", "8h", "--startup-script", str(own), "--yes")
        owner.ok("launch", f"bare-{cloud}", *wanted, *BARE[cloud], within=280)

    with ThreadPoolExecutor() as both:
        list(both.map(launch, CLOUDS))
    return owner
