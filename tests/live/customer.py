"""Somebody with an account: runs the command line in a state folder of its own, and has all that it asks recorded."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudgpu.store.paths import FILE
from tests.live.clouds import Cloud
from tests.live.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_UNDO_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and its standard output; what else it said went to the terminal."""

    status: int
    said: str


class Customer:
    """`launch_ids`: of every launch that was begun, also where nothing of it is remembered any more."""

    def __init__(self, settings: Settings, home: Path, name: str) -> None:
        self.settings, self.home, self.name = settings, home, name
        self.launch_ids: set[str] = set()
        self._env = environment(os.environ, home, settings.cloud) | {
            "PYTHONPATH": str(ROOT),
            "CLOUDGPU_LIVE_CLOUD": settings.cloud.name,
            "CLOUDGPU_LIVE_HIDE": json.dumps({settings.account: settings.cloud.stands_for, name: "live"}),
        }
        self._steps = 0

    def ok(self, *args: str, within: float = 180) -> str:
        """The standard output of `cloudgpu ARGS`. The test fails where it ends with another status than 0."""
        done = self.run(*args, within=within)
        if done.status:
            pytest.fail(f"cloudgpu {' '.join(args)}: exit {done.status}", pytrace=False)
        return done.said

    def json(self, *args: str, within: float = 180) -> Any:
        return json.loads(self.ok(*args, "--json", within=within))

    def sweep(self) -> Any:
        """What `tests.live.sweep` finds."""
        asked = (self.settings.cloud.name, self.name, *sorted(self.launch_ids))
        done = self.run(*asked, module="tests.live.sweep")
        if done.status:
            pytest.fail("The sweep failed: nobody knows what is left.", pytrace=False)
        return json.loads(done.said)

    def run(self, *args: str, module: str = "cloudgpu", within: float = 180) -> Done:
        """A command that takes longer than `within` seconds, or that is interrupted, is asked to end and undoes first
        what it began."""
        self._steps += 1
        record = self.settings.exchanges / f"{self._steps:02}-{args[0] if module == 'cloudgpu' else 'sweep'}.json"
        print(f"\n$ {module} {' '.join(args)}", flush=True)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.live.recorded", module, *args],
            cwd=self.home, env=self._env | {"CLOUDGPU_LIVE_RECORD": str(record)},
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C comes once, and from here
        ) as child:  # fmt: skip
            try:
                said = self._said(child, within)
            except BaseException:
                _end(child)
                raise
        if "--json" not in args:  # those documents are long, and have addresses and tokens in them
            print(said, flush=True)
        return Done(child.returncode, said)

    def _said(self, child: subprocess.Popen[str], within: float) -> str:
        end = time.monotonic() + within
        while True:
            try:
                return child.communicate(timeout=0.2)[0]
            except subprocess.TimeoutExpired:
                self._note_launches()
                if time.monotonic() > end:
                    raise

    def _note_launches(self) -> None:
        """A launch that fails forgets its id; to look for what it left, it has to be known."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.home / FILE}?mode=ro", uri=True)) as store:
            found = store.execute("select launch_id from record where name = ?", (self.name,)).fetchall()
            self.launch_ids |= {launch_id for (launch_id,) in found}


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.communicate(timeout=_UNDO_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def environment(environ: Mapping[str, str], home: Path, cloud: Cloud) -> dict[str, str]:
    """That of the person, without what leads to a rehearsal, changes a default of ours, or opens another cloud."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("CLOUDGPU_", "PYTEST_"))}
    return cloud.without_the_other(kept, home) | {"CLOUDGPU_HOME": str(home), "NO_COLOR": "1"}
