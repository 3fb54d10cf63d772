"""The scripted machine behaves like a shell: unknown commands end with 127, a closed connection is an error."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cloudgpu.errors import MachineError
from cloudgpu.model import CommandResult
from cloudgpu.protocols import Remote
from cloudgpu.testing.scripted import ScriptedRemote


def test_the_first_fitting_prefix_answers() -> None:
    remote: Remote = ScriptedRemote(
        [
            (["docker", "ps"], CommandResult(0, "abc\n", "")),
            (["docker"], CommandResult(1, "", "no daemon\n")),
        ]
    )
    assert remote.run(["docker", "ps", "-q"]).stdout == "abc\n"
    assert not remote.run(["docker", "pull", "x"]).ok
    assert remote.run(["nvidia-smi"]).status == 127


def test_a_function_sees_the_words_and_the_input() -> None:
    def echo(argv: Sequence[str], stdin: bytes) -> CommandResult:
        return CommandResult(0, f"{argv[-1]} {stdin.decode()}", "")

    remote = ScriptedRemote([(["echo"], echo)])
    assert remote.run(["echo", "a"], stdin=b"b").stdout == "a b"
    assert (remote.ran, remote.stdins) == ([["echo", "a"]], [b"b"])


def test_a_stream_that_fails_says_so_with_its_last_lines() -> None:
    remote = ScriptedRemote([(["pull"], CommandResult(3, "one\ntwo\n", "denied\n"))])
    lines = remote.stream(["pull"])
    assert [next(lines) for _ in range(3)] == ["one", "two", "denied"]
    with pytest.raises(MachineError) as caught:
        next(lines)
    assert caught.value.code == "3"
    assert "denied" in caught.value.details


def test_a_stream_that_succeeds_just_ends() -> None:
    assert list(ScriptedRemote([(["pull"], CommandResult(0, "done\n", ""))]).stream(["pull"])) == ["done"]


def test_files_and_their_modes_are_kept() -> None:
    remote = ScriptedRemote()
    remote.put(b"secret", "token", mode=0o600)
    remote.put(b"hello", "note")
    assert remote.files == {"token": b"secret", "note": b"hello"}
    assert remote.modes == {"token": 0o600, "note": 0o644}


def test_pages_answer_by_port_and_path() -> None:
    remote = ScriptedRemote(
        pages={
            (8888, "/api"): (200, b"{}"),
            (8888, "/api/status"): lambda token: (200, b"{}") if token == "t" else (403, b""),
        }
    )
    assert remote.get("/api", port=8888) == (200, b"{}")
    assert remote.get("/api/status", port=8888, token="t")[0] == 200
    assert remote.get("/api/status", port=8888)[0] == 403
    with pytest.raises(ConnectionRefusedError):
        remote.get("/api", port=9999)


def test_after_close_nothing_works() -> None:
    remote = ScriptedRemote()
    remote.close()
    remote.close()
    with pytest.raises(MachineError):
        remote.run(["true"])
