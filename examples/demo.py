"""`make demo`: an afternoon with a GPU on two clouds, in two minutes and for nothing.

Every line that begins with `$` is what you would type. Nothing outside a temporary folder is touched. With `--guests
machine` (Linux, root) the instances are whole machines on an internet of their own, and this goes on in there.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.guests.machines import namespaces
from cloudgpu.remote.kernel import run_cell

CELL = """\
import platform, subprocess
print(f"hello from {platform.node()}, 6 * 7 is {6 * 7}")
print(subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout.strip())"""


class Terminal:
    """Types `cloudgpu ...` the way a person would, with a state folder of its own."""

    def __init__(self, home: str, guests: str = "process") -> None:
        self.program = str(Path(sys.executable).with_name("cloudgpu"))
        self.environ = {**os.environ, "CLOUDGPU_HOME": home, "CLOUDGPU_REHEARSAL": "1"}
        self.environ["CLOUDGPU_REHEARSAL_GUESTS"] = guests

    def type(self, *args: str) -> None:
        """Run the command; what it says is shown."""
        line = f"$ cloudgpu {shlex.join(args)}"
        print(f"\n\033[1m{line}\033[0m" if sys.stdout.isatty() else f"\n{line}", flush=True)
        self._run(args, None)

    def read(self, *args: str) -> dict[str, Any]:
        """Run the command with `--json`; what it says is given back."""
        print(f"\n$ cloudgpu {shlex.join(args)} --json", flush=True)
        document: dict[str, Any] = json.loads(self._run((*args, "--json"), subprocess.PIPE))
        return document

    def _run(self, args: tuple[str, ...], out: int | None) -> str:
        done = subprocess.run([self.program, *args], env=self.environ, stdout=out, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit(f"cloudgpu {shlex.join(args)} ended with status {done.returncode}")
        return done.stdout or ""


def afternoon(terminal: Terminal, cloud: str) -> None:
    name = f"demo-{cloud}"
    terminal.type("launch", name, "--provider", cloud, "--gpu", "T4", "--max-lifetime", "8h", "--yes")
    tunnel = terminal.read("tunnel", name, "--background")
    token = tunnel["url"].partition("token=")[2]
    print(f"{tunnel['url']}\n\nIn a kernel of that notebook, through the tunnel:")
    for line in CELL.splitlines():
        print(f"    >>> {line}")
    for line in run_cell(tunnel["local_port"], token, CELL, timeout=120).splitlines():
        print(f"    {line}")
    terminal.type("tunnel", name, "--stop")
    terminal.type("destroy", name, "--yes")


def go_inside(terminal: Terminal, home: str) -> None:
    """Where the machines are; what is typed from here on is, too."""
    print("(what machines are made of is built the first time: some two minutes)")
    terminal.type("rehearsal", "start")
    found = client.running(Path(home) / "rehearsal")
    assert found is not None
    print(f"\n$ nsenter --net=/run/netns/{found.namespace}")
    namespaces.enter(found.namespace)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guests", choices=("process", "machine"), default="process")
    guests = parser.parse_args().guests
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cloudgpu-demo-") as home:
        terminal = Terminal(home, guests)
        try:
            if guests == "machine":
                go_inside(terminal, home)
            for cloud in ("gcp", "aws"):
                afternoon(terminal, cloud)
            terminal.type("rehearsal", "status")
            billable = terminal.read("rehearsal", "status")["billable"]
        finally:
            # After a failure there may be a tunnel and instances; stopping the rehearsal is what ends the instances.
            subprocess.run([terminal.program, "tunnel", "--stop"], env=terminal.environ, capture_output=True)
            terminal.type("rehearsal", "stop")
    print(f"\nTwo clouds, {time.monotonic() - began:.0f} seconds, billable things left: {billable}.")
    raise SystemExit(billable != 0)


if __name__ == "__main__":
    main()
