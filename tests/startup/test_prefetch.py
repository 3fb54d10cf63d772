"""The container's image begins to come in the background; whether it does is nobody's failure."""

from __future__ import annotations

import pytest

from cloudgpu.rules.startup import render
from tests.startup.machine import FOR_EVER, Machine

IMAGE = "quay.io/jupyter/pytorch-notebook:cuda12-latest"
WITH_IMAGE = render(expires_at=None, user="cloudgpu", image=IMAGE)
# what follows the options is the unit's command
SYSTEMD = 'while [ "${1#-}" != "$1" ]; do shift; done; "$@"'


def test_the_image_is_pulled_in_a_unit_of_its_own_after_docker_is_ready(machine: Machine) -> None:
    machine.boot(WITH_IMAGE)
    assert machine.status == "done"
    calls = machine.calls.read_text()
    assert "systemd-run --unit=cloudgpu-prefetch --collect --no-block /bin/bash -c" in calls
    assert calls.index("systemd-run") > calls.index("usermod")
    machine.boot(WITH_IMAGE)
    assert len(machine.asked("systemd-run")) == 1, "at the first boot only"


@pytest.mark.parametrize("pulls", [True, False])
def test_its_outcome_is_a_line_in_the_log_at_most(machine: Machine, pulls: bool) -> None:
    machine.stub("systemd-run", SYSTEMD)
    outcome = "exit 0" if pulls else "echo unauthorized: authentication required >&2; exit 1"
    machine.stub("docker", f'[ "$1" != pull ] && echo nvidia && exit; {outcome}')
    machine.boot(WITH_IMAGE)
    assert machine.status == "done"
    assert machine.asked("docker")[-1] == f"docker pull -q -- {IMAGE}"
    said = (
        f"unauthorized: authentication required\ncloudgpu prefetch: {IMAGE} could not be pulled without credentials\n"
    )
    assert (said in machine.log) is not pulls


def test_a_unit_that_cannot_be_made_is_no_failure(machine: Machine) -> None:
    machine.stub("systemd-run", "echo Unit cloudgpu-prefetch.service already exists. >&2; exit 1")
    machine.boot(WITH_IMAGE)
    assert machine.status == "done"


def test_a_name_that_means_something_to_a_shell_is_only_a_name(machine: Machine) -> None:
    machine.stub("systemd-run", SYSTEMD)
    machine.boot(render(expires_at=None, user="cloudgpu", image="$(reboot)'; reboot"))
    assert machine.status == "done"
    assert machine.asked("docker")[-1] == "docker pull -q -- $(reboot)'; reboot"


def test_without_an_image_nothing_is_pulled(machine: Machine) -> None:
    machine.boot(FOR_EVER)
    assert (machine.status, machine.asked("systemd-run")) == ("done", [])
