"""`docker` on a guest: a strict subset of its command line, without an engine, an image or any isolation."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from . import images, listing, records, run
from .flags import Command, Given, parse
from .processes import kill_marked
from .records import Container
from .refused import Refused

_RUN = Command(
    "run",
    "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    {
        **dict.fromkeys(("detach", "rm", "init", "interactive", "tty", "quiet"), "bool"),
        **dict.fromkeys(("env", "env-file", "volume", "publish", "label", "ulimit", "log-opt", "security-opt"), "list"),
        **dict.fromkeys(("name", "gpus", "restart", "workdir", "shm-size", "entrypoint", "user", "hostname"), "value"),
        **dict.fromkeys(("ipc", "pull", "platform", "memory", "cpus", "log-driver", "stop-timeout"), "value"),
    },
    {"d": "detach", "i": "interactive", "t": "tty", "e": "env", "v": "volume", "p": "publish", "l": "label",
     "w": "workdir", "u": "user", "h": "hostname", "m": "memory", "q": "quiet"},
    least=1,
    own=True,
)  # fmt: skip
_EXEC = Command(
    "exec",
    "[OPTIONS] CONTAINER COMMAND [ARG...]",
    {"interactive": "bool", "tty": "bool", "env": "list", "env-file": "list", "workdir": "value", "user": "value"},
    {"i": "interactive", "t": "tty", "e": "env", "w": "workdir", "u": "user"},
    least=2,
    own=True,
)
_FORMAT = ({"format": "value"}, {"f": "format"})
_LOGS = {"tail": "value", "follow": "bool"}
_STOP = {"time": "value", "timeout": "value", "signal": "value"}
_ONE_OR_MORE = "[OPTIONS] CONTAINER [CONTAINER...]"
_PULL = Command("pull", "[OPTIONS] NAME[:TAG|@DIGEST]", {"quiet": "bool", "platform": "value"}, {"q": "quiet"}, 1, 1)


def _stop(given: Given) -> int:
    found = [records.the(name) for name in given.arguments]
    for one, name in zip(found, given.arguments):  # noqa: B905  one for each
        _end(one, float(given.last("timeout") or given.last("time") or 10))
        sys.stdout.write(f"{name}\n")
    return 0


def _end(one: Container, patience: float) -> None:
    """SIGTERM, then after `patience` seconds SIGKILL; returns when it has exited."""
    state = one.state()
    if state.get("status") not in ("running", "restarting"):
        return
    if state.get("pid"):
        os.kill(state["pid"], signal.SIGTERM)
    until = time.monotonic() + patience
    while one.state().get("status") in ("running", "restarting"):
        if time.monotonic() > until:
            kill_marked(str(one.folder))
        time.sleep(0.05)


def _remove(given: Given) -> int:
    status = 0
    for name in given.arguments:
        one = records.find(name)
        if one is None:
            sys.stderr.write(f"Error response from daemon: No such container: {name}\n")
            status = 0 if given.on("force") else 1
            continue
        if one.is_running() and not given.on("force"):
            sys.stderr.write(
                f'Error response from daemon: cannot remove container "/{one.name}": container is running: '
                "stop the container before removing or force remove\n"
            )
            status = 1
            continue
        _end(one, 0)
        one.remove()
        sys.stdout.write(f"{name}\n")
    return status


_COMMANDS: dict[str, tuple[Command, Callable[[Given], int]]] = {
    "run": (_RUN, run.run),
    "exec": (_EXEC, run.execute),
    "pull": (_PULL, images.pull),
    "image pull": (_PULL, images.pull),
    "image inspect": (Command("image inspect", "[OPTIONS] IMAGE [IMAGE...]", *_FORMAT, 1), images.inspect),
    "ps": (listing.PS, listing.ps),
    "inspect": (
        Command("inspect", "[OPTIONS] NAME|ID [NAME|ID...]", {**_FORMAT[0], "type": "value"}, _FORMAT[1], 1),
        listing.inspect,
    ),
    "logs": (Command("logs", "[OPTIONS] CONTAINER", _LOGS, {"n": "tail", "f": "follow"}, 1, 1), listing.logs),
    "stop": (Command("stop", _ONE_OR_MORE, _STOP, {"t": "time", "s": "signal"}, 1), _stop),
    "rm": (
        Command("rm", _ONE_OR_MORE, {"force": "bool", "volumes": "bool"}, {"f": "force", "v": "volumes"}, 1),
        _remove,
    ),
    "version": (Command("version", "[OPTIONS]", *_FORMAT, 0, 0), listing.version),
    "info": (Command("info", "[OPTIONS]", *_FORMAT, 0, 0), listing.info),
}


def main(argv: list[str]) -> int:
    try:
        name, rest = _named(argv)
        command, act = _COMMANDS[name]
        return act(parse(command, rest))
    except Refused as refusal:
        sys.stdout.flush()
        sys.stderr.write(f"{refusal.text}\n")
        return refusal.status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141


def _named(argv: list[str]) -> tuple[str, list[str]]:
    if not argv:
        raise Refused("Usage:  docker [OPTIONS] COMMAND")
    if argv[0].startswith("-") and argv[0] not in ("--version", "-v"):
        raise Refused(f"unknown flag: {argv[0]}\nSee 'docker --help'.", 125)
    if argv[0] in ("--version", "-v"):
        return "version", ["--format", "Docker version {{.Client.Version}}, build rehearsal"]
    for words in (2, 1):
        if (name := " ".join(argv[:words])) in _COMMANDS and len(argv) >= words:
            return name, argv[words:]
    raise Refused(
        f"docker: unknown command: docker {' '.join(argv[:2] if argv[0] == 'image' else argv[:1])}\n\n"
        "Run 'docker --help' for more information"
    )
