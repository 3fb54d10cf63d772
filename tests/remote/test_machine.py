from __future__ import annotations

import hashlib
import shutil
import signal
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from cloudgpu.errors import MachineError, UnreachableError
from cloudgpu.protocols import Remote
from cloudgpu.remote.keys import SshKey
from cloudgpu.remote.machine import Machine
from cloudgpu.remote.ssh import connect
from tests.remote.servers import LASTING, AsyncServer, Server, eventually


def test_words_arrive_as_they_are(machine: Machine) -> None:
    words = ["a b", "$HOME", "*", "'", '"', "", "ü\n", "-n"]
    result = machine.run(["printf", "%s|", *words])
    assert result.stdout == "|".join(words) + "|" and result.stderr == "" and result.ok


def test_a_status_is_an_answer_and_the_outputs_are_apart(machine: Machine) -> None:
    result = machine.run(["sh", "-c", "echo out; echo err >&2; exit 42"])
    assert (result.status, result.stdout, result.stderr) == (42, "out\n", "err\n")


def test_a_command_that_is_not_there(machine: Machine) -> None:
    assert machine.run(["no-such-command"]).status == 127


def test_a_command_that_a_signal_ended(machine: Machine) -> None:
    result = machine.run(["sh", "-c", "echo before; kill -KILL $$"])
    assert result.stdout == "before\n" and result.status in (-1, 128 + signal.SIGKILL)


def test_bytes_that_are_no_text_are_replaced(machine: Machine) -> None:
    assert machine.run(["printf", r"a\377b"]).stdout == "a�b"


def test_standard_input_arrives_whole_and_ends(machine: Machine) -> None:
    content = bytes(range(256)) * 20_000
    result = machine.run(["sha256sum"], stdin=content)
    assert result.stdout.split()[0] == hashlib.sha256(content).hexdigest()


def test_input_that_nobody_reads_is_no_error(machine: Machine) -> None:
    assert machine.run(["true"], stdin=b"x" * 5_000_000).ok


@pytest.mark.parametrize("into", ["", " >&2"])
def test_five_megabytes_do_not_block(into: str, machine: Machine) -> None:
    result = machine.run(["sh", "-c", f"echo first; head -c 5000000 /dev/zero{into}; echo last"], timeout=30)
    assert len(result.stdout) + len(result.stderr) == 5_000_011 and result.ok


def test_much_in_both_directions_at_once(machine: Machine) -> None:
    assert len(machine.run(["sh", "-c", "tee /dev/stderr"], stdin=b"y" * 5_000_000, timeout=30).stderr) == 5_000_000


def test_a_command_that_takes_too_long(machine: Machine) -> None:
    began = time.monotonic()
    with pytest.raises(MachineError, match=r"within 0\.3 seconds: sh -c") as refused:
        machine.run(["sh", "-c", LASTING], timeout=0.3)
    assert time.monotonic() - began < 5 and refused.value.remedy
    assert machine.run(["true"]).ok, "the connection goes on"


def test_commands_at_the_same_time(machine: Machine) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(machine.run(["echo", str(n)]).stdout)) for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [f"{n}\n" for n in range(5)]


def test_a_connection_that_is_lost_in_the_middle(server: Server, key: SshKey, guest_home: Path) -> None:
    def cut() -> None:
        eventually(mark.exists)
        server.drop()

    mark = guest_home / "began"
    with closing(connect(server.target(), key.private)) as remote:
        threading.Thread(target=cut).start()
        with pytest.raises(UnreachableError, match="was lost") as refused:
            remote.run(["sh", "-c", f"touch '{mark}'; {LASTING}"])
        mark.unlink()
        assert refused.value.remedy
        with pytest.raises(MachineError):
            remote.run(["true"])
        with pytest.raises(MachineError):
            remote.put(b"", "x")


def test_a_closed_connection_says_so(server: Server, key: SshKey) -> None:
    remote = connect(server.target(), key.private)
    remote.close()
    remote.close()
    with pytest.raises(MachineError):
        remote.run(["true"])


def test_lines_come_while_the_command_runs(machine: Machine, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waiting = f"echo one; echo two >&2; while ! [ -e '{gate}' ]; do sleep 0.05; done; printf 'three\r\nfour'"
    lines = machine.stream(["sh", "-c", waiting])
    assert {next(lines), next(lines)} == {"one", "two"}
    gate.touch()
    assert list(lines) == ["three", "four"]


def test_a_stream_that_ends_badly_tells_its_last_lines(machine: Machine) -> None:
    lines = machine.stream(["sh", "-c", "exec 2>&1; seq 100; echo broken >&2; exit 3"])
    seen: list[str] = []
    with pytest.raises(MachineError) as refused:
        seen.extend(lines)
    assert refused.value.code == "3" and refused.value.details.splitlines()[-2:] == ["100", "broken"]
    assert refused.value.details.startswith("82\n")


def test_a_stream_whose_connection_is_lost(server: Server, key: SshKey) -> None:
    with closing(connect(server.target(), key.private)) as remote:
        lines = remote.stream(["sh", "-c", f"echo one; {LASTING}"])
        assert next(lines) == "one"
        server.drop()
        with pytest.raises(UnreachableError, match="was lost") as refused:
            list(lines)
        assert refused.value.details.startswith("one")


def test_a_stream_may_be_left_early(machine: Machine) -> None:
    lines = machine.stream(["yes"])
    assert next(lines) == "y"
    del lines
    assert machine.run(["true"]).ok


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_gets_its_mode_and_content(mode: int, machine: Machine, tmp_path: Path) -> None:
    content = b"\x00\xff'$(x)\n" * 1000
    for _ in range(2):  # the second time over what is there
        machine.put(content, str(tmp_path / "new folder" / "it's"), mode=mode)
        path = tmp_path / "new folder" / "it's"
        assert path.read_bytes() == content and stat.S_IMODE(path.stat().st_mode) == mode
        assert [each.name for each in path.parent.iterdir()] == ["it's"]


def test_a_relative_path_counts_from_home(machine: Machine) -> None:
    name = f"cloudgpu-test-{time.monotonic_ns()}"
    machine.put(b"token", f"{name}/token", mode=0o600)
    assert machine.run(["sh", "-c", f'cat "$HOME/{name}/token"; rm -r "$HOME/{name}"']).stdout == "token"


def test_a_secret_is_never_readable_by_others(machine: Machine, tmp_path: Path) -> None:
    seen: set[int] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for path in tmp_path.iterdir():
                try:
                    seen.add(stat.S_IMODE(path.stat().st_mode))
                except FileNotFoundError:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    machine.put(b"s" * 3_000_000, str(tmp_path / "secret"), mode=0o600)
    done.set()
    watcher.join()
    assert seen == {0o600}


def test_a_place_where_nothing_can_be_written(machine: Machine) -> None:
    with pytest.raises(MachineError, match=r"/proc/no/such") as refused:
        machine.put(b"x", "/proc/no/such")
    assert refused.value.details


def test_half_a_file_never_takes_the_place_of_a_whole_one(
    quick_server: AsyncServer, key: SshKey, tmp_path: Path
) -> None:
    def cut() -> None:
        eventually(lambda: len(list(tmp_path.iterdir())) > 1)
        quick_server.drop()

    path = tmp_path / "file"
    path.write_text("whole")
    with closing(connect(quick_server.target(), key.private)) as remote:
        assert isinstance(remote, Machine)
        content = b"x" * 50_000_000
        threading.Thread(target=cut).start()
        with pytest.raises(MachineError):
            remote.put(content, str(path))
    eventually(lambda: len(list(tmp_path.iterdir())) == 1)
    assert path.read_text() == "whole"


def test_it_is_a_remote(machine: Machine) -> None:
    seam: Remote = machine
    assert seam.run([shutil.which("true") or "true"]).ok
