from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from cloudgpu.errors import MachineError, StoreError
from cloudgpu.model import SshTarget
from cloudgpu.remote.host_keys import pinned
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.known_hosts import write_known_hosts
from tests.remote.servers import new_host_key, public


def target(*host_keys: str, alias: str = "cloudgpu-i-1") -> SshTarget:
    return SshTarget("192.0.2.1", 22, "me", alias, host_keys)


def test_fingerprints_are_those_of_ssh_keygen(key: SshKey) -> None:
    said = subprocess.run(["ssh-keygen", "-lf", "-"], input=key.public, capture_output=True, text=True).stdout
    assert pinned(target(key.public))[0].fingerprint == said.split()[1]


def test_without_a_host_key_nobody_connects() -> None:
    with pytest.raises(MachineError) as refused:
        pinned(target())
    assert "192.0.2.1:22" in refused.value.brief and refused.value.remedy


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 ???", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA"])
def test_what_is_no_host_key_is_said_to_be_none(line: str) -> None:
    with pytest.raises(MachineError) as refused:
        pinned(target(line))
    assert "OpenSSH form" in refused.value.brief and refused.value.remedy


def test_known_hosts_holds_the_pinned_keys_under_the_alias(tmp_path: Path) -> None:
    lines = [public(new_host_key()), public(new_host_key("ecdsa-sha2-nistp256"))]
    path = write_known_hosts(target(*(f"{line} comment" for line in lines)), tmp_path)
    assert path == tmp_path / "known_hosts/cloudgpu-i-1"
    assert path.read_text().splitlines() == [f"cloudgpu-i-1 {line}" for line in lines]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_known_hosts(target(lines[1]), tmp_path)
    assert path.read_text().splitlines() == [f"cloudgpu-i-1 {lines[1]}"]
    assert [each.name for each in path.parent.iterdir()] == ["cloudgpu-i-1"]


@pytest.mark.parametrize("alias", ["../../etc/passwd", ".", "a b*", ""])
def test_an_alias_stays_in_its_folder(alias: str, tmp_path: Path, key: SshKey) -> None:
    path = write_known_hosts(target(key.public, alias=alias), tmp_path)
    assert path.parent == tmp_path / "known_hosts"
    assert path.read_text().split()[0] == path.name


def test_a_folder_that_cannot_be_used_is_a_store_error(tmp_path: Path, key: SshKey) -> None:
    (tmp_path / "known_hosts").write_text("in the way")
    with pytest.raises(StoreError):
        write_known_hosts(target(key.public), tmp_path)


def test_a_half_written_file_is_not_left_behind(tmp_path: Path, key: SshKey) -> None:
    (tmp_path / "known_hosts/cloudgpu-i-1").mkdir(parents=True)
    with pytest.raises(StoreError):
        write_known_hosts(target(key.public), tmp_path)
    assert [path.name for path in (tmp_path / "known_hosts").iterdir()] == ["cloudgpu-i-1"]
