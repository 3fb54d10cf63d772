"""Start, find, ask and stop the rehearsal of a home folder. Imports neither a server nor an SDK."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cloudgpu.errors import CloudgpuError, UsageError
from cloudgpu.rehearsal.files import ALREADY_RUNNING, Home, Lock, Running, check_platform
from cloudgpu.rehearsal.inside import ask, is_inside
from cloudgpu.rehearsal.report import Status, written
from cloudgpu.rehearsal.variables import environment

__all__ = ["Running", "Status", "call", "check_inside", "environment", "running", "start", "status", "stop"]


COMMAND = (sys.executable, "-m", "cloudgpu.rehearsal")
KINDS = ("process", "machine")
_NEEDED = ("moto", "werkzeug", "asyncssh", "cryptography")
_START_SECONDS, _BUILD_SECONDS, _STOP_SECONDS = 60.0, 900.0, 20.0
_LOG_LIMIT = 1_000_000
_children: list[subprocess.Popen[bytes]] = []


def start(
    folder: Path, *, warm: bool = False, gce_port: int = 0, aws_port: int = 0, guests: str = "process"
) -> Running:
    """The rehearsal of this folder, begun if none runs; two calls at once get the same one. UsageError where it cannot
    run here or runs with other guests, CloudgpuError with its last words where it does not come up. Machine guests are
    built at first, which takes minutes."""
    if found := running(folder):
        if guests == "machine" and not found.namespace:
            raise UsageError(
                "A rehearsal with process guests runs already.",
                remedy="cloudgpu rehearsal stop, which ends its instances; then start --guests machine again",
            )
        return found
    _check(guests)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = ["--gce-port", str(gce_port), "--aws-port", str(aws_port)]
    child = _spawn(folder, ["--warm"] * warm + ["--guests", guests] + ports)
    until = time.monotonic() + (_BUILD_SECONDS if guests == "machine" else _START_SECONDS)
    while time.monotonic() < until:
        if found := running(folder):
            return found
        if child.poll() not in (None, ALREADY_RUNNING):
            break
        time.sleep(0.05)
    raise CloudgpuError(
        "The rehearsal clouds did not start.",
        details=_last_words(Home(folder).log),
        remedy=f"See why: {sys.executable} -m cloudgpu.rehearsal --home {folder}",
    )


def running(folder: Path) -> Running | None:
    """The rehearsal of this folder, if its process lives and answers."""
    if sys.platform == "win32":
        return None
    home = Home(folder)
    told = home.read_running()
    if told is None or not Lock(home.lock).is_held():
        return None
    try:
        answer = ask(told.get("namespace", ""), told["gce_endpoint"], "GET", "/_rehearsal/status")
        found = Running(*(answer[one.name] for one in fields(Running)))
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None
    return found if found.pid == told["pid"] else None


def stop(folder: Path) -> bool:
    """Ended with all its guests when this returns; False where none ran, and then no machine that a killed one has
    left runs either."""
    home = Home(folder)
    told = home.read_running()
    if sys.platform == "win32":
        return False
    if not Lock(home.lock).is_held():
        _tidy(folder)
        return False
    if told is None:
        return False
    with suppress(OSError, ValueError, http.client.HTTPException):
        ask(told.get("namespace", ""), told["gce_endpoint"], "POST", "/_rehearsal/stop")
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _until(lambda: not Lock(home.lock).is_held(), _STOP_SECONDS):
            break
        with suppress(ProcessLookupError):
            os.kill(told["pid"], number)
    for child in _children:
        child.poll()
    return True


def status(folder: Path) -> Status:
    """What runs and what it would cost; the ledger is read also when nothing runs."""
    found = running(folder)
    guests = str(call(found, "GET", "/_rehearsal/status")["guests"]) if found else None
    return written(Home(folder).ledger, found, guests)


def call(found: Running, method: str, path: str, document: object = None) -> Any:
    """Ask it: `call(running, "POST", "/_rehearsal/faults", {...})`. UsageError, with its words, where it refuses."""
    try:
        return ask(found.namespace, found.gce_endpoint, method, path, document)
    except ValueError as error:
        raise UsageError(
            "The rehearsal refuses this.", details=str(error), remedy="See what is in force: cloudgpu rehearsal faults"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise CloudgpuError(
            "The rehearsal does not answer.", details=str(error), remedy="cloudgpu rehearsal start"
        ) from error


def check_inside(found: Running) -> None:
    """UsageError where its clouds cannot be reached from this process, because they have a network of their own."""
    if found.namespace and not is_inside(found.namespace):
        raise UsageError(
            "This rehearsal has real machines, which are on an internet of their own.",
            remedy=f"Go there: nsenter --net=/run/netns/{found.namespace} cloudgpu ...",
        )


def _tidy(folder: Path) -> None:
    if sys.platform == "linux" and os.geteuid() == 0:
        from cloudgpu.rehearsal.guests.machines import leftovers, namespaces

        leftovers.clean(namespaces.name_of(folder), folder.resolve() / "guests")


def _check(guests: str) -> None:
    check_platform()
    if guests not in KINDS:
        raise UsageError(
            f"There are no {guests!r} guests.",
            remedy=f"Set CLOUDGPU_REHEARSAL_GUESTS, or --guests, to {' or '.join(KINDS)}.",
        )
    if guests == "machine":
        from cloudgpu.rehearsal.guests.machines import needs

        needs.check()
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(
            f"A rehearsal needs {', '.join(missing)}, which is not installed.",
            remedy="pip install 'cloudgpu[rehearsal]'",
        )


def _spawn(folder: Path, options: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, without anything of ours held open."""
    log = Home(folder).log
    mode = "ab" if log.exists() and log.stat().st_size < _LOG_LIMIT else "wb"
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    with log.open(mode) as out:
        child = subprocess.Popen(
            [*COMMAND, "--home", str(folder.resolve()), *options],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd=folder, env=env,
        )  # fmt: skip
    _children.append(child)
    return child


def _last_words(log: Path) -> str:
    with suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    return ""


def _until(condition: Callable[[], bool], within: float) -> bool:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
