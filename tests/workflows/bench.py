"""A workbench for workflows: a cloud in memory, a scripted machine, a real store, and everything that was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudgpu.events import Event, Note, StepDone, StepFailed
from cloudgpu.model import CommandResult, Container, GpuRequest, Limits, Origin, Plan, SshTarget
from cloudgpu.protocols import Provider, Remote
from cloudgpu.rules.startup_log import PROBE
from cloudgpu.store.sqlite import SqliteStore
from cloudgpu.testing.memory import MemoryCloud
from cloudgpu.testing.samples import PUBLIC_KEY
from cloudgpu.testing.scripted import Answer, ScriptedRemote
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.plan import plan

ORIGIN = Origin("memory")
OK = CommandResult(0, "", "")


def healthy(*changes: tuple[Sequence[str], Answer]) -> ScriptedRemote:
    """A machine on which all goes well but for `changes`, which are asked first. It keeps and checks the token."""

    def token(argv: Sequence[str], stdin: bytes) -> CommandResult:
        kept = machine.files.get(".cloudgpu/token")
        return CommandResult(1, "", "No such file") if kept is None else CommandResult(0, kept.decode(), "")

    def status(given: str | None) -> tuple[int, bytes]:
        known = machine.files.get(".cloudgpu/token", b"").decode()
        return (200, b"{}") if given == known else (403, b"")

    machine = ScriptedRemote(
        [
            *changes,
            (PROBE, CommandResult(0, "done\n", "")),
            (["sh", "-c"], CommandResult(0, "/home/cloudgpu", "")),
            (["nvidia-smi"], CommandResult(0, "GPU 0: Tesla T4\n", "")),
            (["sudo", "-n", "docker", "info"], CommandResult(0, "29.7.2\n", "")),
            (["sudo", "-n", "docker", "pull"], CommandResult(0, "Pulled\n", "WARNING: this stands for the image\n")),
            (["sudo", "-n", "docker", "run"], CommandResult(0, "0123456789abcdef\n", "")),
            (["sudo", "-n", "docker", "exec"], CommandResult(0, "GPU 0: Tesla T4\n", "")),
            (["sudo", "-n", "docker"], OK),
            (["cat", ".cloudgpu/token"], token),
        ],
        pages={(8888, "/api/status"): status},
    )
    return machine


@dataclass
class Bench:
    """`deps` is ready to use; `events` is what was told; `targets` is where was connected to."""

    home: Path
    cloud: MemoryCloud = field(default_factory=MemoryCloud)
    remote: ScriptedRemote = field(default_factory=healthy)
    events: list[Event] = field(default_factory=list)
    targets: list[SshTarget] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.home, say=lambda text: self.events.append(Note(text, warning=True)))

    @property
    def deps(self) -> Deps:
        return Deps(
            provider=self.cloud,
            origin=ORIGIN,
            store=self.store,
            emit=self.events.append,
            connect=self.connect,
            ssh_public_key=PUBLIC_KEY,
            caller_cidr=lambda: "192.0.2.7/32",
            owner="ann_laptop",
            sleep=lambda seconds: None,
        )

    def connect(self, target: SshTarget) -> Remote:
        self.targets.append(target)
        self.remote.closed = False
        return self.remote

    def plan(self, name: str = "quiet-otter", launch_id: str = "c0ffee", request: GpuRequest | None = None) -> Plan:
        made = plan(name, launch_id, request or GpuRequest(), Container("img:1"), self.deps, limits=Limits())
        return replace(made)

    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Note)]

    def done(self) -> list[str]:
        return [event.step for event in self.events if isinstance(event, StepDone)]

    def failed(self) -> list[str]:
        return [event.step for event in self.events if isinstance(event, StepFailed)]


class _Without:
    def __init__(self, cloud: MemoryCloud, abilities: Sequence[str]) -> None:
        self._cloud, self._abilities = cloud, abilities

    def __getattr__(self, name: str) -> object:
        if name in self._abilities:
            raise AttributeError(name)
        return getattr(self._cloud, name)


def without(cloud: MemoryCloud, *abilities: str) -> Provider:
    """The cloud as it would be if it could not do this."""
    return _Without(cloud, abilities)  # type: ignore[return-value]  # it has what every provider has
