from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloudgpu.errors import MachineError, StoreError, UnreachableError
from cloudgpu.remote.keys import SshKey, ensure_key
from cloudgpu.remote.refusals import DENIED
from cloudgpu.remote.ssh import connect
from tests.remote.servers import AsyncServer, Server, eventually, new_host_key, public


def test_the_pinned_host_key_is_accepted(server: Server, key: SshKey) -> None:
    with closing(connect(server.target(), key.private)) as remote:
        assert remote.run(["echo", "hello"]).stdout == "hello\n"
    remote.close()


def test_another_host_key_is_refused_with_both_fingerprints(server: Server, key: SshKey) -> None:
    other = public(new_host_key())
    with pytest.raises(MachineError) as refused:
        connect(server.target(host_keys=(other,)), key.private)
    assert not isinstance(refused.value, UnreachableError)
    assert refused.value.brief.count("SHA256:") == 2 and refused.value.remedy


def test_no_host_key_is_refused_without_a_connection(key: SshKey, quick_server: AsyncServer) -> None:
    with pytest.raises(MachineError, match="No host key"):
        connect(quick_server.target(host_keys=()), key.private)


@pytest.mark.parametrize("kind", ["ecdsa-sha2-nistp256", "ssh-rsa"])
def test_of_several_host_keys_the_pinned_type_is_asked_for(kind: str, key: SshKey, guest_home: Path) -> None:
    keys = [new_host_key(), new_host_key(kind)]
    with closing(AsyncServer(guest_home, key.public, keys)) as server:
        target = server.target(host_keys=(public(keys[1]),))
        with closing(connect(target, key.private)) as remote:
            assert remote.run(["true"]).ok


def test_another_users_key_is_denied_and_waiting_may_help(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError) as refused:
        connect(server.target(), ensure_key(tmp_path).private)
    assert refused.value.code == DENIED == "Permission denied (publickey)"


def test_no_other_key_is_looked_for(
    quick_server: AsyncServer, key: SshKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519").write_bytes(key.private.read_bytes())
    with pytest.raises(UnreachableError):
        connect(quick_server.target(), ensure_key(tmp_path).private)


def test_a_refused_connection_may_come_later(quick_server: AsyncServer, key: SshKey) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        target = replace(quick_server.target(), port=probe.getsockname()[1])
        with pytest.raises(UnreachableError) as refused:
            connect(target, key.private)
    assert refused.value.code == "Connection refused" and refused.value.remedy


def test_an_address_that_is_none_cannot_be_reached(quick_server: AsyncServer, key: SshKey) -> None:
    with pytest.raises(UnreachableError):
        connect(replace(quick_server.target(), host="a..b"), key.private)


@pytest.mark.parametrize("behaviour", ["silent", "closes", "babbles"])
def test_what_does_not_speak_ssh_may_do_so_later(
    behaviour: str, quick_server: AsyncServer, key: SshKey, caplog: pytest.LogCaptureFixture
) -> None:
    def answer() -> None:
        conn = listener.accept()[0]
        with conn:
            if behaviour == "babbles":
                conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 200)
            if behaviour != "closes":
                done.wait(20)

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        target = replace(quick_server.target(), port=listener.getsockname()[1])
        with pytest.raises(UnreachableError) as refused:
            connect(target, key.private, timeout=0.5)
        done.set()
        thread.join()
    assert refused.value.code
    eventually(lambda: not any(each.name == "ssh-pulse" for each in threading.enumerate()))


def test_paramiko_does_not_print_by_itself(quick_server: AsyncServer, key: SshKey) -> None:
    connect(quick_server.target(), key.private).close()
    assert logging.getLogger("paramiko").handlers


def test_nothing_in_common_is_final(key: SshKey, guest_home: Path) -> None:
    with (
        closing(
            AsyncServer(guest_home, key.public, mac_algs=["umac-64@openssh.com"], encryption_algs=["aes256-cbc"])
        ) as server,
        pytest.raises(MachineError, match="no algorithm in common") as refused,
    ):
        connect(server.target(), key.private)
    assert not isinstance(refused.value, UnreachableError)


@pytest.mark.parametrize("content", [None, "not a key"])
def test_a_private_key_that_cannot_be_read(content: str | None, quick_server: AsyncServer, tmp_path: Path) -> None:
    if content:
        (tmp_path / "key").write_text(content)
    with pytest.raises(StoreError, match="cannot be used"):
        connect(quick_server.target(), tmp_path / "key")


def test_a_private_key_with_a_passphrase(quick_server: AsyncServer, tmp_path: Path) -> None:
    new_host_key().write_private_key(str(tmp_path / "key"), passphrase="secret", rounds=50)
    with pytest.raises(StoreError, match="cannot be used"):
        connect(quick_server.target(), tmp_path / "key")
