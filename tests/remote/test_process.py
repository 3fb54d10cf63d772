from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cloudgpu.errors import TunnelError
from cloudgpu.remote import process
from tests.remote.servers import eventually


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child
        child.kill()


def test_a_process_is_known_by_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    since = process.started(sleeper.pid)
    assert since and process.started(sleeper.pid) == since
    assert process.started(os.getpid()) not in (None, since)


def test_a_process_that_ended_is_gone_even_before_it_is_reaped(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    eventually(lambda: process.started(sleeper.pid) is None)
    sleeper.wait()
    assert process.started(sleeper.pid) is None


def test_termination(sleeper: subprocess.Popen[bytes]) -> None:
    since = process.started(sleeper.pid)
    assert since and process.terminate(sleeper.pid, since)
    assert sleeper.wait() == -signal.SIGTERM
    assert not process.terminate(sleeper.pid, since)


def test_another_process_with_the_same_pid_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    assert not process.terminate(sleeper.pid, "another time")
    assert sleeper.poll() is None


def test_a_stubborn_process_is_ended_by_force() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline()
        since = process.started(child.pid)
        assert since and process.terminate(child.pid, since, patience=0.3)
        assert child.wait() == -signal.SIGKILL


def test_a_process_that_outlives_even_force(sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "kill", lambda pid, number: None)  # nothing survives SIGKILL at will
    since = process.started(sleeper.pid)
    assert since
    with pytest.raises(TunnelError, match="does not end") as refused:
        process.terminate(sleeper.pid, since, patience=0.1)
    assert refused.value.remedy == f"kill -9 {sleeper.pid}"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere `started` asks ps anyway")
def test_ps_knows_it_too(sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    since = process.started(sleeper.pid)
    assert since and since == process.started(sleeper.pid)
    sleeper.kill()
    eventually(lambda: process.started(sleeper.pid) is None)
    sleeper.wait()
    assert process.started(sleeper.pid) is None
