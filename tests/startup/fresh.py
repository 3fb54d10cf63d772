"""A machine without driver and Docker, whose stand-ins behave (`world.sh`), and whose power can go at any command."""

from __future__ import annotations

from pathlib import Path

from tests.startup.machine import HARMLESS, STUBBED, UBUNTU_24, Machine

__all__ = ["DEBIAN_12", "H100", "T4", "UBUNTU_22", "UBUNTU_24", "V100", "Fresh"]
UBUNTU_22 = 'ID=ubuntu\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'
DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12"\n'
DEBIAN_SOURCES = "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n"

T4, V100, H100 = "0x1eb8", "0x1db1", "0x2330"
_WORLD = Path(__file__).with_name("world.sh")
# the commands of a pipeline count at the same time, so that a number may be passed over
_TICK = """status=$(<{folder}/state/status) 2>/dev/null
if [ "${{CUT:-0}}" != 0 ] && {{ [ -z "$CUT_IN" ] || [ "$status" = "running $CUT_IN" ]; }}; then
  printf x >>{folder}/ticks
  IFS= read -r ticks <{folder}/ticks || true
  [ "${{#ticks}}" -lt "$CUT" ] || kill -9 0
fi
"""


class Fresh(Machine):
    """What is installed, loaded and running on it are files of its folder."""

    def __init__(self, folder: Path, system: str, gpu: str | None = T4) -> None:
        super().__init__(folder)
        self.file("etc/os-release", system)
        self.file("etc/ssl/certs/ca-certificates.crt", "a certificate\n")
        if system == DEBIAN_12:
            self.file("etc/apt/sources.list.d/debian.sources", DEBIAN_SOURCES)
        if gpu:
            self.plug_gpu(gpu)
        tick = _TICK.format(folder=folder)
        for name in (*HARMLESS, "sync"):
            self.write(name, tick + (self.bin / name).read_text().split("\n")[1])
        for name in {*STUBBED, "docker", "uname"}:
            self.write(name, f'{tick}WORLD={folder} exec /bin/bash {_WORLD} {name} "$@"')
        packages = folder / "packages"
        packages.mkdir()
        for name in ("docker", "dockerd", "nvidia-ctk", "nvidia-smi"):
            (self.bin / name).rename(packages / name)

    def switch_on(self, script: str, cut: int = 0, stage: str = "") -> int:
        """One boot. The power goes at the command number `cut` that the script calls, or that it calls in `stage`. The
        script's exit status; -9 where the power went."""
        for gone in ("loaded", "running", "ticks"):
            (self.folder / gone).unlink(missing_ok=True)
        if (self.folder / "runtime").exists() and "docker-ce" in self.configured:
            (self.folder / "running").write_text('{"nvidia":{},"runc":{}}\n')
        return self.boot(script, CUT=str(cut), CUT_IN=stage).returncode

    def answers(self, *faults: str) -> None:
        """What apt-get says the next times instead of doing its work."""
        (self.folder / "faults").write_text("".join(f"{fault}\n" for fault in faults))

    @property
    def configured(self) -> list[str]:
        installed = self.folder / "configured"
        return installed.read_text().splitlines() if installed.exists() else []
