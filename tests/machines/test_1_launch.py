"""A launch that nobody has shortened: real boot, real packages, real containers."""

from __future__ import annotations

import pytest

from cloudgpu.rehearsal.guests.machines.nvidia import pci
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


def test_where_the_image_has_no_driver_it_is_installed_by_the_gpus_on_the_bus(launched: Owner) -> None:
    if not pci.can_be_shown():
        pytest.skip("this computer has no PCI bus")
    installed = launched.shell(
        "bare-aws", "dpkg-query -W nvidia-kernel-open-dkms nvidia-driver-cuda; apt-mark showhold"
    )
    assert installed.returncode == 0 and installed.stdout.split().count("nvidia-driver-cuda") == 2, installed
    assert launched.shell("bare-gcp", "dpkg-query -W nvidia-driver-cuda").returncode != 0


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_machine_keeps_a_record_of_its_stages(launched: Owner, cloud: str) -> None:
    stages = launched.stages(f"bare-{cloud}")
    assert [line[0] for line in stages[:2]] == ["lifetime", "host-keys"]
    once = ["quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"]
    assert [line[0] for line in stages if line[0] in once] == once
    assert {line[3] for line in stages} == {"done"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_users_own_script_has_run_as_root_with_docker_there(launched: Owner, cloud: str) -> None:
    assert launched.shell(f"bare-{cloud}", "cat /var/own-script").stdout == "root\n"


METADATA = {
    "aws": """call() { curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/$1"; }
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
call user-data; call dynamic/instance-identity/document""",
    "gcp": "curl -sf -H 'Metadata-Flavor: Google' 'http://169.254.169.254/computeMetadata/v1/?recursive=true'",
}
# What is sought never stands in a command line here either: the token is read from the only file that has it. What is
# found in a place of its own shows that the search can find.
SEARCH = """cat .cloudgpu/token > /tmp/sought; printf '\\nhunt''er2\\n' >> /tmp/sought; mkdir -p /tmp/seen
cp .cloudgpu/token /tmp/seen/control
sudo journalctl > /tmp/seen/journal; sudo docker inspect cloudgpu > /tmp/seen/inspect
sudo cat /proc/[0-9]*/cmdline > /tmp/seen/command-lines; (%s) > /tmp/seen/metadata
test -s /tmp/seen/metadata && echo metadata was read
sudo grep -raFlf /tmp/sought /tmp/seen /var/log /var/lib/cloud /var/lib/cloudgpu /etc"""


@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_secret_is_where_others_may_look(launched: Owner, cloud: str) -> None:
    found = launched.shell(f"bare-{cloud}", SEARCH % METADATA[cloud])
    assert found.stdout.split("\n") == ["metadata was read", "/tmp/seen/control", ""], found.stderr
    token = launched.shell(f"bare-{cloud}", "cat .cloudgpu/token").stdout
    console = launched.ok("logs", f"bare-{cloud}", "--console")
    assert len(token) == 48 and "cloudgpu startup: done" in console
    assert not [one for one in (token, "hunter2", "PRIVATE KEY") if one in console]


def test_on_a_prepared_image_nothing_is_installed(owner: Owner) -> None:
    wanted = ("--provider", "aws", "--gpu", "T4", "--max-lifetime", "8h", "--yes")
    owner.ok("launch", "prepared", *wanted, within=200)
    assert "TEST GPU" in owner.cell("prepared", CELL)
    history = owner.shell("prepared", "cat /var/log/apt/history.log 2>/dev/null; ls /etc/apt/sources.list.d")
    assert history.stdout.strip() == ""
    owner.ok("destroy", "prepared", "--yes")
    assert owner.run("status", "prepared").returncode != 0
