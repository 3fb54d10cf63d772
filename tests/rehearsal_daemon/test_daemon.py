"""One rehearsal for a folder: found, asked, stopped, and not hurt by a crash."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from cloudgpu.errors import CloudgpuError, UsageError
from cloudgpu.rehearsal import client, daemon, files
from cloudgpu.rehearsal.guests.stand_ins.processes import marked
from tests.rehearsal_guests.conftest import wait


def _get(endpoint: str, path: str) -> Any:
    with urlopen(f"{endpoint}{path}", timeout=20) as answer:
        return json.load(answer)


def _buy(running: client.Running) -> None:
    _get(running.gce_endpoint, "/buy")
    wait(lambda: _get(running.gce_endpoint, "/")["port"])


def test_its_whole_life(home: Path) -> None:
    assert client.running(home) is None
    assert client.status(home) == {
        "running": False, "gce_endpoint": None, "aws_endpoint": None, "guests": None, "billable": 0, "ledger": [],
    }  # fmt: skip
    running = client.start(home)
    assert client.start(home) == client.running(home) == running
    assert _get(running.aws_endpoint, "/path")["path"] == "/path"
    _buy(running)
    found = client.status(home)
    assert (found["running"], found["guests"], found["billable"]) == (True, "process", 1)
    assert {key: found["ledger"][0][key] for key in ("cloud", "kind", "id", "ended_at")} == {
        "cloud": "gcp", "kind": "instance", "id": "1", "ended_at": None,
    }  # fmt: skip
    for name in ("daemon.json", "service-account.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert client.stop(home) is True
    assert client.running(home) is None
    assert client.stop(home) is False
    assert sorted(one.name for one in home.iterdir() if "sqlite" not in one.name) == ["daemon.log"]
    after = client.status(home)
    assert (after["running"], after["billable"], len(after["ledger"])) == (False, 0, 1)
    assert after["ledger"][0]["ended_at"]


def test_two_starts_at_once_give_the_same_one(home: Path) -> None:
    found: list[client.Running] = []
    threads = [threading.Thread(target=lambda: found.append(client.start(home))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({one.pid for one in found}) == 1


def test_kill_minus_nine_leaves_no_process_and_keeps_the_ledger(home: Path) -> None:
    first = client.start(home)
    _buy(first)
    os.kill(first.pid, signal.SIGKILL)
    wait(lambda: client.running(home) is None)
    wait(lambda: not marked(str(home / "guests")))
    assert client.status(home)["billable"] == 1
    second = client.start(home)
    assert second.pid != first.pid
    assert _get(second.gce_endpoint, "/_rehearsal/ledger")["ledger"][0]["ended_by"] == "rehearsal crashed"
    assert client.status(home)["billable"] == 0
    assert not list((home / "guests").iterdir())


def test_sigterm_puts_everything_in_order(home: Path) -> None:
    running = client.start(home)
    _buy(running)
    os.kill(running.pid, signal.SIGTERM)
    wait(lambda: not (home / "daemon.lock").exists())
    assert client.status(home)["billable"] == 0
    assert not (home / "guests").exists()


def test_it_ends_when_its_folder_is_gone(home: Path) -> None:
    running = client.start(home)
    _buy(running)
    shutil.rmtree(home)
    wait(lambda: _is_closed(running.gce_endpoint))
    wait(lambda: not marked(str(home / "guests")))
    wait(lambda: not home.exists() or not any(home.iterdir()))


def _is_closed(endpoint: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(endpoint).port or 0)) != 0


def test_faults_clock_and_settings_are_data(home: Path) -> None:
    running = client.start(home)
    rule = {"cloud": "gcp", "operation": "compute.instances.insert", "effect": "error", "code": "X"}
    assert client.call(running, "POST", "/_rehearsal/faults", rule)[0]["code"] == "X"
    assert len(client.call(running, "POST", "/_rehearsal/faults", [rule, rule])) == 3
    assert len(client.call(running, "GET", "/_rehearsal/faults")) == 3
    assert client.call(running, "DELETE", "/_rehearsal/faults") == []
    assert client.call(running, "POST", "/_rehearsal/clock", {"boot_seconds": 2})["boot_seconds"] == 2
    assert client.call(running, "GET", "/_rehearsal/clock")["boot_seconds"] == 2
    assert client.call(running, "POST", "/_rehearsal/gcp", {"quota": 1}) == {"quota": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "faults", b'{"cloud":"gcp"}', 400, "missing field"),
        ("POST", "faults", b"[1]", 400, "a JSON object is wanted"),
        ("POST", "clock", b'{"pace":1}', 400, "unknown clock"),
        ("POST", "clock", b"{", 400, "the body is no JSON"),
        ("POST", "aws", b'{"x":1}', 400, "unknown setting 'x'"),
        ("POST", "ledger", b"", 405, "there is GET ledger"),
        ("GET", "nothing", b"", 404, "there is aws, clock"),
    ],
)
def test_wrong_requests_are_told_what_is_right(
    home: Path, method: str, path: str, body: bytes, status: int, words: str, shared: client.Running
) -> None:
    address = urlsplit(shared.gce_endpoint)
    connection = http.client.HTTPConnection("127.0.0.1", address.port)
    connection.request(method, f"/_rehearsal/{path}", body=body)
    answer = connection.getresponse()
    assert (answer.status, words in answer.read().decode()) == (status, True)
    connection.close()


def test_a_foreign_host_name_gets_nothing(shared: client.Running) -> None:
    address = urlsplit(shared.gce_endpoint)
    for path in ("/_rehearsal/ledger", "/compute/v1/projects"):
        connection = http.client.HTTPConnection("127.0.0.1", address.port)
        connection.request("GET", path, headers={"Host": "rebound.example:80"})
        assert connection.getresponse().status == 403
        connection.close()


def test_a_refused_request_is_a_usage_error(shared: client.Running) -> None:
    with pytest.raises(UsageError) as caught:
        client.call(shared, "POST", "/_rehearsal/clock", {"pace": 1})
    assert "unknown clock" in caught.value.details
    nowhere = client.Running(0, "http://127.0.0.1:9", "", "", "")
    with pytest.raises(CloudgpuError) as gone:
        client.call(nowhere, "GET", "/_rehearsal/clock")
    assert gone.value.remedy == "cloudgpu rehearsal start"


def test_a_taken_port_is_told(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CloudgpuError) as caught:
            client.start(home, gce_port=port)
    assert f"Port {port} on 127.0.0.1 cannot be had." in caught.value.details
    running = client.start(home, gce_port=port)
    assert running.gce_endpoint == f"http://127.0.0.1:{port}"


def test_a_second_daemon_of_the_same_folder_is_refused(shared: client.Running, shared_home: Path) -> None:
    with pytest.raises(daemon.AlreadyRunning):
        daemon.serve(shared_home)


def test_what_is_missing_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "find_spec", lambda name: None if name == "moto" else name)
    with pytest.raises(UsageError) as caught:
        client.start(home)
    assert caught.value.remedy == "pip install 'cloudgpu[rehearsal]'"


def test_windows_is_told_of_wsl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudgpu.rehearsal.files.sys", SimpleNamespace(platform="win32"))
    with pytest.raises(UsageError) as caught:
        files.check_platform()
    assert "WSL" in caught.value.remedy


def test_the_client_is_light() -> None:
    program = (
        "import sys, cloudgpu.rehearsal.client; "
        "assert not {'moto', 'werkzeug', 'asyncssh', 'boto3', 'google', 'cryptography'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
