"""Docker and NVIDIA's container toolkit, and a package manager that others use as well."""

from __future__ import annotations

from tests.startup.machine import FOR_EVER, Machine


def test_docker_and_toolkit_are_installed_where_they_are_absent(machine: Machine) -> None:
    (machine.bin / "dockerd").unlink()
    (machine.bin / "nvidia-ctk").unlink()
    machine.stub("docker", "[ $1 = info ] && [ -e ${0}d ] && echo nvidia")
    machine.stub("dpkg", "echo amd64")
    machine.stub("curl", 'case "$*" in *.list*) echo "deb https://example.test /";; *-o*) echo key >"${@: -1}";; esac')
    installs = 'case "$*" in *docker-ce*) cp {0}/curl {0}/dockerd;; *toolkit*) cp {0}/curl {0}/nvidia-ctk;; esac'
    machine.stub("apt-get", installs.format(machine.bin))
    done = machine.boot(FOR_EVER)
    assert (done.returncode, machine.status) == (0, "done"), machine.log
    assert [line.split()[-1] for line in machine.asked("apt-get")] == [
        "update", "curl", "update", "docker-buildx-plugin", "update", "curl", "update", "nvidia-container-toolkit",
    ]  # fmt: skip
    docker_source = (machine.apt / "sources.list.d" / "docker.sources").read_text()
    assert "Architectures: amd64" in docker_source and "Suites: \n" not in docker_source
    toolkit_source = (machine.apt / "sources.list.d" / "nvidia-container-toolkit.list").read_text()
    assert toolkit_source.startswith(f"deb [signed-by={machine.apt}/keyrings/")


def test_a_held_lock_of_apt_is_waited_for_and_another_error_is_not(machine: Machine) -> None:
    (machine.bin / "nvidia-ctk").unlink()
    count = f'echo x >>{machine.state}/tries; [ "$(grep -c x {machine.state}/tries)" -gt 3 ] || '
    locked = '{ echo "E: Could not get lock /var/lib/apt/lists/lock." >&2; exit 100; }\n'
    machine.stub("apt-get", count + locked + 'echo "E: Unable to locate package" >&2; exit 100')
    assert machine.boot(FOR_EVER).returncode == 1
    assert machine.status.startswith("failed nvidia-container-toolkit ")
    assert len(machine.asked("apt-get")) == 4


def test_a_daemon_that_has_not_met_the_toolkit_is_restarted(machine: Machine) -> None:
    machine.stub("docker", "echo '{\"runc\":{}}'")
    machine.boot(FOR_EVER)
    assert "systemctl restart docker" in machine.asked("systemctl")
