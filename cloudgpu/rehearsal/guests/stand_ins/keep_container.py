"""The process that keeps one container: starts its program, writes its log and state, starts it again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import FrameType

from . import inside, records
from .processes import kill_marked
from .records import Container


class Keeper:
    def __init__(self, folder: Path) -> None:
        self.container = Container(folder)
        self.stopping = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Until the program has ended for good; its last exit status."""
        held = self.container.hold()
        signal.signal(signal.SIGTERM, self._stop)
        pause, restarts = 0.1, 0
        while True:
            began = time.monotonic()
            status = self._once(restarts)
            if self.stopping.is_set() or not self._again(status, restarts):
                break
            restarts += 1
            pause = 0.1 if time.monotonic() - began > 10 else min(pause * 2, 60)
            self.container.save(status="restarting", exit_code=status, restarts=restarts, ports={})
            self.stopping.wait(pause)
            if self.stopping.is_set():
                break
        self.container.save(status="exited", exit_code=status, finished_at=records.now(), ports={}, pid=0)
        os.close(held)
        if self.container.config["remove"]:
            self.container.remove()
        return status

    def _once(self, restarts: int) -> int:
        config = self.container.config
        ports = {port["container_port"]: _free_port() for port in config["ports"]}
        env = inside.environment(self.container, ports)
        argv = inside.program(self.container, config["entrypoint"] + config["command"], env)
        if argv is None:
            return 127
        with self.container.log.open("ab") as log:
            self.child = subprocess.Popen(
                argv, env=env, cwd=inside.workdir(self.container), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.container.save(
            status="running", pid=os.getpid(), ports=ports, started_at=records.now(), restarts=restarts, exit_code=0
        )
        if self.stopping.is_set():
            self._end()
        _tell_begun()
        status = self.child.wait()
        kill_marked(str(self.container.folder))
        return status if status >= 0 else 128 - status

    def _again(self, status: int, restarts: int) -> bool:
        policy, _, most = str(self.container.config["restart"]).partition(":")
        if policy == "on-failure":
            return status != 0 and (not most or restarts < int(most))
        return policy in ("always", "unless-stopped")

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        self._end()

    def _end(self) -> None:
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)


def _tell_begun() -> None:
    """`docker run` waits for the end of this process's standard output."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(argv: list[str]) -> int:
    return Keeper(Path(argv[0])).run()
