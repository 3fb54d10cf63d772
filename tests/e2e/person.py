"""Somebody at a terminal without a terminal: runs the command line as a process, in a state folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.clock import Clock

KEPT = (
    *("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME", "UV_CACHE_DIR"),
    *("CLOUDGPU_CACHE", "CLOUDGPU_REHEARSAL_DISCOVERY"),
)


class Person:
    """Runs `cloudgpu` with a clean environment; `rehearse` sets CLOUDGPU_REHEARSAL."""

    def __init__(self, home: Path, *, rehearse: bool = True) -> None:
        self.home = home
        self.env = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("PIP_")}
        self.env |= {"CLOUDGPU_HOME": str(home), "NO_COLOR": "1"}
        if rehearse:
            self.env["CLOUDGPU_REHEARSAL"] = "1"

    def run(self, *args: str, within: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cloudgpu", *args],
            text=True, capture_output=True, timeout=within, env=self.env | env, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def ok(self, *args: str, within: float = 120, **env: str) -> str:
        done = self.run(*args, within=within, **env)
        assert done.returncode == 0, f"{' '.join(args)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *args: str, within: float = 120, **env: str) -> Any:
        return json.loads(self.ok(*args, "--json", within=within, **env))

    def post(self, path: str, document: object) -> Any:
        """Talk to the rehearsal's own door; it is started if it does not run yet."""
        return client.call(client.start(self.home / "rehearsal"), "POST", path, document)

    def calm(self) -> None:
        """No faults any more, and a clock as it is at the start."""
        if running := client.running(self.home / "rehearsal"):
            client.call(running, "DELETE", "/_rehearsal/faults")
            client.call(running, "POST", "/_rehearsal/clock", asdict(Clock()))

    def ledger(self) -> Any:
        return client.status(self.home / "rehearsal")

    def close(self) -> None:
        self.run("tunnel", "--stop")
        self.run("rehearsal", "stop")


def listen() -> None:
    """In a child before it begins: what a shell started in the background, or nohup, has deaf ears."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_for(condition: Callable[[], bool], within: float = 60) -> None:
    """Until it holds; an assertion fails where it does not."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.1)


class Launching:
    """A launch in the background whose finished steps can be waited for."""

    def __init__(self, person: Person, *args: str, before: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cloudgpu", *before, "launch", *args],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=person.env, stdin=subprocess.DEVNULL,
            preexec_fn=listen,
        )  # fmt: skip
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def until(self, text: str, within: float = 60) -> None:
        """Wait until a line with this text was written."""
        with self._news:
            self._news.wait_for(lambda: self._ended or any(text in line for line in self.lines), within)
        assert any(text in line for line in self.lines), f"no {text!r} in {self.lines}"

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self, within: float = 60) -> int:
        code = self.process.wait(within)
        if self.process.stdout is not None:
            self.process.stdout.close()
        with self._news:
            self._news.wait_for(lambda: self._ended, within)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
