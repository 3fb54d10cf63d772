"""Host keys are read from a disk on which the machine is at work."""

from __future__ import annotations

from pathlib import Path

from cloudgpu.rehearsal.guests.machines.machine import Machine
from cloudgpu.rehearsal.world import GuestSpec, Identity


def test_keys_that_come_and_go_are_not_missed(tmp_path: Path) -> None:
    identity = Identity("aws", {"id": "i-1"}, lambda: None)
    machine = Machine("internet", 11, tmp_path, GuestSpec("aws-i-1", "h", "u", (), (), identity=identity), identity)
    folder = tmp_path / "root/etc/ssh"
    folder.mkdir(parents=True)
    (folder / "ssh_host_ed25519_key.pub").write_text("ssh-ed25519 AAAA root@h\n")
    (folder / "ssh_host_ecdsa_key.pub").symlink_to(folder / "removed-a-moment-ago")
    (folder / "ssh_host_rsa_key.pub").write_text("")  # being written
    assert machine.host_keys() == ("ssh-ed25519 AAAA",)
