from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudgpu.errors import StoreError, TunnelError
from cloudgpu.remote import process, tunnels
from cloudgpu.remote.background import Spawned, spawn
from cloudgpu.remote.tunnels import BackgroundTunnel
from tests.remote.servers import descendants, eventually

READY = """
import sys, time
from cloudgpu.remote.background import announce
print("a warning", file=sys.stderr, flush=True)
announce('{"url": "http://127.0.0.1:8888/lab?token=secret"}')
print("more, to nobody", flush=True)
print("still here", file=sys.stderr, flush=True)
time.sleep(60)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "tunnel.log"


@pytest.fixture
def spawned(log: Path) -> Iterator[Spawned]:
    made = spawn([sys.executable, "-c", READY], log, within=30)
    yield made
    process.terminate(made.pid, made.started)


def test_it_returns_with_the_first_line_and_goes_on(spawned: Spawned, log: Path) -> None:
    assert json.loads(spawned.line)["url"].endswith("token=secret")
    eventually(lambda: "still here" in log.read_text())
    assert process.started(spawned.pid) == spawned.started
    assert "secret" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600 and stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_it_has_a_session_of_its_own(spawned: Spawned) -> None:
    assert os.getsid(spawned.pid) == spawned.pid


def test_it_outlives_the_command_that_started_it(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from cloudgpu.remote.background import spawn\n"
    script += "made = spawn([sys.executable, '-c', sys.argv[1]], Path(sys.argv[2])); print(made.pid, made.started)"
    argv = [sys.executable, "-c", script, READY, str(tmp_path / "log")]
    pid, started = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout.split()
    assert process.started(int(pid)) == started
    assert process.terminate(int(pid), started)


@pytest.mark.parametrize(
    ("child", "code"),
    [("import sys; sys.exit('the key is refused')", "exit status 1"), ("print('half', end='')", "exit status 0")],
)
def test_a_child_that_ends_first_shows_its_last_words(child: str, code: str, log: Path) -> None:
    with pytest.raises(TunnelError, match="ended before it was ready") as refused:
        spawn([sys.executable, "-c", child], log, within=30)
    assert refused.value.code == code and refused.value.remedy
    assert refused.value.details == ("the key is refused" if "exit" in child else "")


def test_a_child_that_says_nothing_is_ended(log: Path) -> None:
    before = set(descendants(os.getpid()))
    with pytest.raises(TunnelError, match=r"not become ready within 0\.5 seconds"):
        spawn(["sleep", "60"], log, within=0.5)
    assert set(descendants(os.getpid())) <= before


def test_a_log_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    with pytest.raises(StoreError):
        spawn(["true"], tmp_path / "logs" / "tunnel.log")


def test_a_program_that_is_not_there(log: Path) -> None:
    with pytest.raises(TunnelError) as refused:
        spawn(["/no/such/program"], log)
    assert refused.value.remedy


def memo(spawned: Spawned, name: str = "quiet-otter") -> BackgroundTunnel:
    return BackgroundTunnel(name, spawned.pid, spawned.started, 8889, 8888, "openssh", "up")


def test_what_is_written_down_comes_back(spawned: Spawned, tmp_path: Path) -> None:
    tunnels.save(tmp_path, memo(spawned))
    tunnels.save(tmp_path, memo(spawned, "brave-lynx"))
    assert tunnels.load(tmp_path, "quiet-otter") == memo(spawned)
    assert [tunnel.name for tunnel in tunnels.saved(tmp_path)] == ["brave-lynx", "quiet-otter"]
    path = tmp_path / "tunnels/quiet-otter.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and "secret" not in path.read_text()


def test_stopping_ends_the_process_and_forgets_it(spawned: Spawned, tmp_path: Path) -> None:
    tunnels.save(tmp_path, memo(spawned))
    assert tunnels.alive(memo(spawned))
    assert tunnels.stop(tmp_path, "quiet-otter")
    assert not tunnels.alive(memo(spawned)) and tunnels.load(tmp_path, "quiet-otter") is None
    assert not tunnels.stop(tmp_path, "quiet-otter")


def test_a_pid_that_belongs_to_another_by_now_is_not_killed(spawned: Spawned, tmp_path: Path) -> None:
    old = BackgroundTunnel("quiet-otter", spawned.pid, "long ago", 8889, 8888, "openssh", "up")
    tunnels.save(tmp_path, old)
    assert not tunnels.alive(old)
    assert not tunnels.stop(tmp_path, "quiet-otter")
    assert process.started(spawned.pid) == spawned.started
    assert tunnels.load(tmp_path, "quiet-otter") is None


def test_nothing_written_down(tmp_path: Path) -> None:
    assert tunnels.load(tmp_path, "quiet-otter") is None
    assert tunnels.saved(tmp_path) == []
    assert not tunnels.stop(tmp_path, "quiet-otter")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', "\xff"])
def test_a_damaged_memo_says_which_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "tunnels").mkdir()
    path = tmp_path / "tunnels/quiet-otter.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match="damaged") as refused:
        tunnels.load(tmp_path, "quiet-otter")
    assert refused.value.remedy == f"rm {path}"


def test_a_folder_that_cannot_be_used_is_a_store_error(spawned: Spawned, tmp_path: Path) -> None:
    (tmp_path / "tunnels").write_text("in the way")
    with pytest.raises(StoreError):
        tunnels.save(tmp_path, memo(spawned))
    with pytest.raises(StoreError):
        tunnels.load(tmp_path, "quiet-otter")
