from __future__ import annotations

import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from cloudgpu.errors import CloudgpuError, TunnelError, UnreachableError
from cloudgpu.model import SshTarget
from cloudgpu.remote import openssh
from cloudgpu.remote.http import probe
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.openssh_words import refusal
from tests.remote.conftest import TOKEN
from tests.remote.servers import AsyncServer, new_host_key, public, unused_port

SSH = shutil.which("ssh") or "ssh"


def test_the_command_line() -> None:
    target = SshTarget("2001:db8::1", 2222, "me", "cloudgpu i-1", ())
    words = openssh.command("ssh", target, Path("keys/k"), Path("known_hosts/x"), 8889, 8888, 5)
    assert words[:7] == ["ssh", "-N", "-T", "-F", "none", "-i", "keys/k"]
    assert words[-8:] == ["-L", "127.0.0.1:8889:127.0.0.1:8888", "-p", "2222", "-l", "me", "--", "2001:db8::1"]
    settings = {words[at + 1] for at, word in enumerate(words) if word == "-o"}
    assert settings >= {
        "BatchMode=yes",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=known_hosts/x",
        "HostKeyAlias=cloudgpu_i-1",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=3",
        "ExitOnForwardFailure=yes",
        "ControlMaster=no",
        "ControlPath=none",
        "ControlPersist=no",
    }


def attempt(
    program: str, server: AsyncServer, identity: Path, home: Path, *, port: int | None = None, within: float = 10
) -> CloudgpuError:
    with pytest.raises(CloudgpuError) as refused:
        openssh.open_forward(program, server.target(), identity, home, port or unused_port(), 1, 5, within)
    assert refused.value.remedy
    return refused.value


def test_a_port_that_somebody_takes_meanwhile(quick_server: AsyncServer, key: SshKey, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        error = attempt(SSH, quick_server, key.private, home, port=other.getsockname()[1])
    assert isinstance(error, TunnelError) and "--local-port" in error.remedy


def test_a_private_key_that_others_may_read(quick_server: AsyncServer, key: SshKey, tmp_path: Path) -> None:
    identity = tmp_path / "key"
    identity.write_bytes(key.private.read_bytes())
    identity.chmod(0o644)
    error = attempt(SSH, quick_server, identity, tmp_path)
    assert isinstance(error, TunnelError) and error.remedy == f"chmod 600 {identity}"


def test_a_private_key_that_is_missing(quick_server: AsyncServer, tmp_path: Path) -> None:
    assert isinstance(attempt(SSH, quick_server, tmp_path / "none", tmp_path), TunnelError)


def script(folder: Path, body: str) -> str:
    path = folder / "an-ssh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_an_ssh_that_does_not_know_our_options(quick_server: AsyncServer, key: SshKey, tmp_path: Path) -> None:
    program = script(tmp_path, "echo 'command-line: line 0: Bad configuration option: updatehostkeys' >&2; exit 255")
    error = attempt(program, quick_server, key.private, tmp_path)
    assert isinstance(error, TunnelError) and "Bad configuration option" in error.code
    assert "sshtunnel" in error.remedy


def test_an_ssh_that_does_not_get_there(quick_server: AsyncServer, key: SshKey, tmp_path: Path) -> None:
    program = script(tmp_path, "echo waiting >&2; exec sleep 60")
    error = attempt(program, quick_server, key.private, tmp_path, within=0.5)
    assert isinstance(error, UnreachableError) and error.code == "waiting"


def test_an_ssh_that_does_not_want_to_end(
    quick_server: AsyncServer, key: SshKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openssh, "_PATIENCE", 0.3)
    program = script(tmp_path, "trap '' TERM; while :; do sleep 0.1; done")
    assert isinstance(attempt(program, quick_server, key.private, tmp_path, within=0.3), UnreachableError)


def test_folders_with_odd_names(
    quick_server: AsyncServer, key: SshKey, tmp_path: Path, jupyter_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/false")
    odd = tmp_path / 'a "b" %h #c'
    odd.mkdir()
    identity = odd / "my key"
    identity.write_bytes(key.private.read_bytes())
    identity.chmod(0o600)
    port = unused_port()
    target = quick_server.target(alias="i-1")
    with closing(openssh.open_forward(SSH, target, identity, odd, port, jupyter_port, 5, 10)):
        assert probe(port, TOKEN, timeout=5) == 200
    assert (odd / "known_hosts/i-1").is_file()


@pytest.mark.parametrize(
    "said",
    [
        "ssh: connect to host 192.0.2.1 port 22: Connection timed out",
        "Connection timed out during banner exchange",
        "ssh: connect to host 192.0.2.1 port 22: No route to host",
        "ssh: connect to host 192.0.2.1 port 22: Network is unreachable",
        "kex_exchange_identification: Connection closed by remote host",
        "kex_exchange_identification: read: Connection reset by peer",
        "ssh: Could not resolve hostname x: Name or service not known",
        "Timeout, server 192.0.2.1 not responding.",
        "client_loop: send disconnect: Broken pipe",
    ],
)
def test_what_may_pass_by_itself(said: str) -> None:
    """The words of OpenSSH 9.2; not all of these conditions can be made on loopback."""
    target = SshTarget("192.0.2.1", 22, "me", "i-1", (public(new_host_key()),))
    error = refusal(f"a banner\n{said}\n\n", target, Path("key"), 8888)
    assert isinstance(error, UnreachableError) and error.code == said
