"""Somebody at a terminal on the internet of a rehearsal with machines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cloudgpu.rehearsal import client
from cloudgpu.rehearsal.guests.machines import namespaces
from cloudgpu.remote import keys
from cloudgpu.remote.kernel import run_cell
from tests.e2e.person import Person

T = TypeVar("T")
CLOUDS = ("aws", "gcp")


class Owner(Person):
    """Runs the command line inside the namespace, as `nsenter` does."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.env["CLOUDGPU_REHEARSAL_GUESTS"] = "machine"
        self.namespace = namespaces.name_of(home / "rehearsal")

    def begin(self) -> None:
        """Start the clouds; the first time on a computer everything is built before."""
        super().ok("rehearsal", "start", within=900)

    def run(self, *args: str, within: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        if args[0] == "rehearsal":
            return super().run(*args, within=within, **env)
        return self._inside([sys.executable, "-m", "cloudgpu", *args], within, env)

    def shell(self, name: str, script: str) -> subprocess.CompletedProcess[str]:
        """Run it on the machine, as the user who logs in there; 255 where it cannot be reached."""
        seen = self.json("status", name)
        key = keys.ensure_key(self.home).private
        options = ["BatchMode=yes", "ConnectTimeout=5", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
        words = [word for one in options for word in ("-o", one)]
        return self._inside(["ssh", "-q", "-i", str(key), *words, f"{seen['user']}@{seen['host']}", script], 60, {})

    def cell(self, name: str, code: str) -> str:
        """What a cell of its notebook prints, run through a tunnel."""
        tunnel = self.json("tunnel", name, "--background")
        token = tunnel["url"].partition("token=")[2]
        try:
            return self.there(lambda: run_cell(tunnel["local_port"], token, code, timeout=60))
        finally:
            self.ok("tunnel", name, "--stop")

    def there(self, do: Callable[[], T]) -> T:
        """Done by a thread that is inside."""
        with ThreadPoolExecutor(1, initializer=namespaces.enter, initargs=(self.namespace,)) as thread:
            return thread.submit(do).result()

    def guest(self, name: str) -> str:
        """The id by which the rehearsal knows the machine."""
        seen = self.json("status", name)
        return f"{seen['provider']}-{seen['id']}"

    def happen(self, name: str, event: str) -> None:
        found = client.running(self.home / "rehearsal")
        assert found is not None
        client.call(found, "POST", "/_rehearsal/guests", {"guest": self.guest(name), "event": event})

    def running_bills(self, kind: str) -> list[Any]:
        """The lines of the ledger that are open."""
        return [one for one in self.ledger()["ledger"] if one["kind"] == kind and one["ended_at"] is None]

    def stages(self, name: str) -> list[list[str]]:
        """The lines of the machine's record of its stages."""
        return [line.split() for line in self.shell(name, "cat /var/lib/cloudgpu/stages").stdout.splitlines()]

    def boot_id(self, name: str) -> str:
        """Empty while it cannot be asked."""
        return self.shell(name, "cat /proc/sys/kernel/random/boot_id").stdout.strip()

    def is_ready(self, name: str) -> bool:
        """Its notebook answers and sees its GPU, and its startup script says that all is done."""
        asked = "cat /var/lib/cloudgpu/status; sudo docker exec cloudgpu nvidia-smi -L"
        told = self.shell(name, asked).stdout
        return told.startswith("done") and "TEST GPU" in told and bool(self.json("status", name)["jupyter"]["ready"])

    def _inside(self, argv: list[str], within: float, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.namespace}", *argv],
            text=True, capture_output=True, timeout=within, env=self.env | env, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip


def left(home: Path) -> list[str]:
    """What of a rehearsal in this folder is still on this computer: namespaces, groups, mounts."""
    namespace = namespaces.name_of(home)
    groups = [str(one) for one in Path("/sys/fs/cgroup").glob(f"*/{namespace}")]
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(home) in line]
    return [*namespaces.left(namespace), *groups, *mounts]
