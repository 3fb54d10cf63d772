"""Docker and NVIDIA's container toolkit, and a package manager that others use as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.startup.fresh import DEBIAN_12, UBUNTU_22, UBUNTU_24, Fresh
from tests.startup.machine import FOR_EVER, STAGES, Machine

LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)"
UNRESOLVED = (
    "E: Failed to fetch https://download.docker.com/linux/ubuntu/dists  Could not resolve 'download.docker.com'"
)
INTERRUPTED = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    """Ubuntu without a GPU: Docker and the toolkit are all that is missing."""
    return Fresh(tmp_path, UBUNTU_24, gpu=None)


@pytest.mark.parametrize("system", [UBUNTU_22, UBUNTU_24, DEBIAN_12], ids=["22.04", "24.04", "debian-12"])
def test_a_plain_image_gets_all_it_needs_and_the_next_boot_nothing(tmp_path: Path, system: str) -> None:
    machine = Fresh(tmp_path, system)
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done"), machine.log
    assert [(line[0], line[3]) for line in machine.stages] == [(stage, "done") for stage in STAGES]
    assert machine.configured[-5:] == [
        "docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "nvidia-container-toolkit",
    ]  # fmt: skip
    name, codename = ("debian", "bookworm") if system == DEBIAN_12 else ("ubuntu", system.split("=")[-1].strip())
    sources = machine.root / "etc/apt/sources.list.d"
    docker = (sources / "docker.sources").read_text().splitlines()
    assert docker == [
        "Types: deb", f"URIs: https://download.docker.com/linux/{name}", f"Suites: {codename}", "Components: stable",
        "Architectures: amd64", f"Signed-By: {machine.root}/etc/apt/keyrings/docker.asc",
    ]  # fmt: skip
    toolkit = (sources / "nvidia-container-toolkit.sources").read_text()
    assert "URIs: https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)/\nSuites: /\nArch" in toolkit
    machine.asked("apt-get")
    assert (machine.switch_on(FOR_EVER), machine.status) == (0, "done")
    assert machine.asked("apt-get") == machine.asked("dpkg") == []


@pytest.mark.parametrize(
    "faults",
    [
        [LOCKED] * 3,
        [UNRESOLVED],
        [UNRESOLVED] * 4,
        [LOCKED, UNRESOLVED, LOCKED],
        [INTERRUPTED],
        ["ok", "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages"],
    ],
    ids=["locked", "mirror", "mirror-four-times", "both", "interrupted", "unmet"],
)
def test_what_passes_is_waited_for(fresh: Fresh, faults: list[str]) -> None:
    fresh.answers(*faults)
    assert (fresh.switch_on(FOR_EVER), fresh.status) == (0, "done"), fresh.log
    assert "nvidia-container-toolkit" in fresh.configured


def test_a_mirror_that_fails_is_asked_again_by_ipv4(fresh: Fresh) -> None:
    fresh.answers(UNRESOLVED)
    fresh.switch_on(FOR_EVER)
    first, second = fresh.asked("apt-get")[:2]
    assert "ForceIPv4" not in first and "-o Acquire::ForceIPv4=true update" in second


def test_an_interrupted_dpkg_is_set_right(fresh: Fresh) -> None:
    fresh.answers(INTERRUPTED)
    fresh.switch_on(FOR_EVER)
    assert fresh.asked("dpkg")[1] == "dpkg --configure -a --force-confold"


@pytest.mark.parametrize(
    ("fault", "tries"),
    [("E: Unable to locate package docker-ce", 2), (UNRESOLVED, 6), (LOCKED, 180)],
    ids=["other", "mirror", "locked"],
)
def test_what_does_not_pass_fails_in_its_stage_with_the_words_of_apt(fresh: Fresh, fault: str, tries: int) -> None:
    fresh.answers(f"*{fault}")
    assert fresh.switch_on(FOR_EVER) == 100
    word, stage, line = fresh.status.split()
    assert (word, stage) == ("failed", "docker")
    assert FOR_EVER.splitlines()[int(line) - 1].strip() == "apt update"
    assert fault in "\n".join(fresh.failure)
    assert len(fresh.asked("apt-get")) == tries
    fresh.answers()
    assert (fresh.switch_on(FOR_EVER), fresh.status) == (0, "done"), "a later boot takes it up again"


def test_an_update_that_fails_for_another_repository_alone_is_no_failure(fresh: Fresh) -> None:
    fresh.answers(*[UNRESOLVED] * 5)
    assert (fresh.switch_on(FOR_EVER), fresh.status) == (0, "done")


def test_a_machine_without_a_way_out_says_so(fresh: Fresh) -> None:
    (fresh.folder / "no-network").touch()
    assert fresh.switch_on(FOR_EVER) == 1
    assert fresh.status.startswith("failed docker ")
    assert fresh.failure[-1].endswith("did not give a key: has this machine a way to the internet?")
    assert [line.split()[2] for line in fresh.asked("curl")] == ["--connect-timeout", "-4", "-4"]
    assert not (fresh.root / "etc/apt/sources.list.d/docker.sources").exists()


def test_a_system_that_nothing_is_installed_on_is_refused_by_name(tmp_path: Path) -> None:
    machine = Fresh(tmp_path, 'ID=fedora\nVERSION_ID="42"\n', gpu=None)
    assert machine.switch_on(FOR_EVER) == 1
    assert machine.status.startswith("failed docker ")
    assert "This image has no Docker, and fedora 42 is not a system" in machine.failure[-1]


def test_an_image_that_has_everything_may_be_of_any_system(machine: Machine) -> None:
    machine.file("etc/os-release", 'ID=fedora\nVERSION_ID="42"\n')
    machine.boot(FOR_EVER)
    assert machine.status == "done"


def test_an_older_source_of_the_same_repository_is_put_aside(fresh: Fresh) -> None:
    old = fresh.file(
        "etc/apt/sources.list.d/nvidia-docker.list",
        "deb [signed-by=/usr/share/old.gpg] https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)/ /",
    )
    assert (fresh.switch_on(FOR_EVER), fresh.status) == (0, "done"), fresh.log
    assert not old.exists() and old.with_suffix(".list.off").exists()


def test_docker_in_a_snap_gives_way(fresh: Fresh) -> None:
    (fresh.folder / "snap").touch()
    assert (fresh.switch_on(FOR_EVER), fresh.status) == (0, "done")
    calls = fresh.calls.read_text().splitlines()
    assert calls.index("snap remove docker") < next(n for n, call in enumerate(calls) if "docker-ce" in call)


def test_a_daemon_that_has_not_met_the_toolkit_is_restarted(machine: Machine) -> None:
    machine.stub("docker", "echo '{\"runc\":{}}'")
    machine.boot(FOR_EVER)
    assert "systemctl restart docker" in machine.asked("systemctl")
