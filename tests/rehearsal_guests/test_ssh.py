"""A guest as the real `ssh` client finds it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.rehearsal_guests.conftest import Lodge, new_key, wait


def test_a_command_has_its_exit_status_and_both_outputs(lodge: Lodge) -> None:
    done = lodge.run("echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_standard_input_reaches_the_command_whole(lodge: Lodge) -> None:
    text = "0123456789\n" * 50_000
    assert lodge.run("cat", stdin=text).stdout == text


def test_only_the_authorized_key_opens(lodge: Lodge, tmp_path: Path) -> None:
    other, _ = new_key(tmp_path, "other")
    done = lodge.run("true", identity=other)
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_only_the_given_user_may_come_in(lodge: Lodge) -> None:
    done = lodge.run("true", user="root")
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


def test_the_host_key_is_the_one_that_the_door_and_the_console_tell(lodge: Lodge, tmp_path: Path) -> None:
    console = lodge.guests.console(lodge.id)
    assert f"-----BEGIN SSH HOST KEY KEYS-----\n{lodge.door.host_keys[0]}\n" in console
    _, wrong = new_key(tmp_path, "wrong")
    (tmp_path / "known").write_text(f"guest {wrong}\n")
    stranger = Lodge(**{**vars(lodge), "known_hosts": tmp_path / "known"})
    assert "Host key verification failed" in stranger.run("true").stderr


def test_the_environment_is_the_guests_own(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    seen = dict(line.split("=", 1) for line in lodge.run("env").stdout.splitlines())
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert seen["HOME"] == seen["PWD"] == str(lodge.folder / "home")
    assert seen["PATH"].startswith(f"{lodge.folder}/bin:")
    assert seen["USER"] == "otto"


def test_the_startup_status_is_set_and_the_console_says_that_nothing_ran(lodge: Lodge) -> None:
    assert lodge.run('cat "${CLOUDGPU_STATE_DIR:-/var/lib/cloudgpu}/status"').stdout == "done\n"
    assert "startup script is not run" in lodge.guests.console(lodge.id)


def test_a_terminal_when_asked_for(lodge: Lodge) -> None:
    words = lodge.ssh("tty; stty size; echo $TERM; exit 4")
    words.insert(1, "-tt")
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    assert done.returncode == 4
    assert "/dev/" in done.stdout
    assert "xterm" in done.stdout


def test_a_command_ends_with_its_channel(lodge: Lodge) -> None:
    process = subprocess.Popen(lodge.ssh("echo $$; sleep 1000 & wait"), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    group = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    wait(lambda: _is_gone(group))


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_signal_is_told(lodge: Lodge) -> None:
    assert lodge.run("kill -9 $$").returncode == 255
    assert lodge.run("sh -c 'kill -9 $$'").returncode == 137


def test_files_go_into_the_guest(lodge: Lodge, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("text")
    batch = f"put {tmp_path}/here there\nput {tmp_path}/here /tmp/there\npwd\n"
    words = lodge.ssh()
    done = subprocess.run(
        ["sftp", *words[1:5], "-P", words[6], *words[7:-1], "-b", "-", words[-1]],
        input=batch, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Remote working directory: {lodge.folder}/home" in done.stdout
    assert (lodge.folder / "home/there").read_text() == (lodge.folder / "tmp/there").read_text() == "text"
    assert not Path("/tmp/there").exists()


def test_a_port_that_is_not_published_is_closed(lodge: Lodge) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        words = lodge.ssh()
        words[1:1] = ["-W", f"127.0.0.1:{listening.getsockname()[1]}"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert "open failed: connect failed: Connection refused" in done.stderr


def test_no_forwarding_leads_elsewhere(lodge: Lodge) -> None:
    words = lodge.ssh()
    words[1:1] = ["-W", "192.0.2.1:80"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert "administratively prohibited" in done.stderr


def test_what_would_reach_for_this_computer_is_not_carried_out(lodge: Lodge) -> None:
    done = lodge.run("sudo -n shutdown -h now")
    assert done.returncode == 1
    assert "not carried out" in done.stderr


def test_the_gpu_says_that_it_is_none(lodge: Lodge) -> None:
    assert lodge.run("nvidia-smi -L").stdout.startswith("GPU 0: Tesla T4 (rehearsal) (UUID: GPU-")
    asked = "nvidia-smi --query-gpu=name,memory.total --format=csv"
    assert lodge.run(asked).stdout == "name, memory.total [MiB]\nTesla T4 (rehearsal), 15360 MiB\n"
    assert lodge.run(f"{asked},noheader,nounits").stdout == "Tesla T4 (rehearsal), 15360\n"
    assert lodge.run("nvidia-smi --query-gpu=nothing --format=csv").returncode == 2
