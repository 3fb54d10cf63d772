"""What the startup script would leave on a process guest, where it is not run: its files, its lines on the console."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from cloudgpu.rehearsal.faults import Fault

STAGES = (
    *("lifetime", "host-keys", "quiet", "driver", "nvme", "docker", "nvidia-container-toolkit", "user", "prefetch"),
    "done",
)
_APT = """\
Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  {what}
Err:1 https://packages.example {what}
  503  Service Unavailable [IP: 192.0.2.80 443]
E: Failed to fetch https://packages.example/{what}.deb  503  Service Unavailable [IP: 192.0.2.80 443]
E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"""
_WORDS = {
    "driver": _APT.format(what="nvidia-utils-580-server"),
    "docker": _APT.format(what="docker-ce"),
    "nvidia-container-toolkit": _APT.format(what="nvidia-container-toolkit"),
    "prefetch": "Error response from daemon: manifest unknown: manifest unknown",
    "host-keys": "cat: '/etc/ssh/ssh_host_*_key.pub': No such file or directory",
}
_LINES = 40


@dataclass(frozen=True, slots=True)
class Script:
    """`state` and `log` are where the interface has them; `say` writes a line to the guest's console."""

    state: Path
    log: Path
    say: Callable[[str], None]

    async def run(self, fault: Fault | None) -> bool:
        """Pass through the stages. A fault `delay` stays in its stage (`message`, else docker) for `seconds`; any other
        fails there (`message`: stage and line). False: it failed before the machine had told its host keys."""
        stage, line = _where(fault)
        self._write(f"cloudgpu startup: boot {datetime.now(timezone.utc).isoformat(timespec='seconds')}")
        for one in STAGES[:-1]:
            self._tell("running", one)
            began = datetime.now(timezone.utc).timestamp()
            if fault and one == stage:
                if fault.effect != "delay":
                    self._fail(one, line, int(began))
                    return STAGES.index(one) > STAGES.index("host-keys")
                self._write(f"Unpacking {one} ...")
                await asyncio.sleep(fault.seconds)
            self._finished(one, began)
        self._tell("done")
        return True

    def _fail(self, stage: str, line: int, began: int) -> None:
        words = _WORDS.get(stage, f"{stage}: rehearsed failure")
        self._write(words)
        last = [f"{stage} {line} 100", *self.log.read_text(encoding="utf-8").splitlines()[-_LINES:]]
        (self.state / "failure").write_text("\n".join(last) + "\n", encoding="utf-8")
        with (self.state / "stages").open("a", encoding="utf-8") as stages:
            stages.write(f"{stage} {began} 0.0 failed\n")
        self._tell("failed", f"{stage} {line}")
        for one in last:
            self.say(f"cloudgpu startup| {one}")

    def _finished(self, stage: str, began: float) -> None:
        seconds = datetime.now(timezone.utc).timestamp() - began
        with (self.state / "stages").open("a", encoding="utf-8") as stages:
            stages.write(f"{stage} {int(began)} {seconds:.1f} done\n")

    def _tell(self, *words: str) -> None:
        draft = self.state / "status.new"
        draft.write_text(f"{' '.join(words)}\n", encoding="utf-8")
        draft.replace(self.state / "status")
        self._write(f"cloudgpu startup: {' '.join(words)}")
        self.say(f"cloudgpu startup: {' '.join(words)}")

    def _write(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")


def _where(fault: Fault | None) -> tuple[str, int]:
    found = re.fullmatch(r"([\w-]*) ?(\d*)", fault.message if fault else "")
    stage = found[1] if found and found[1] in STAGES[:-1] else "docker"
    return stage, int(found[2] or 1) if found else 1
