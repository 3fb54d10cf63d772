"""What has to hold on the machine before a container can be started: probe, time limit, what it means when it fails."""

from __future__ import annotations

from dataclasses import dataclass

from cloudgpu.rules import docker


@dataclass(frozen=True, slots=True)
class Check:
    """`argv` exits with 0 when it holds. `within` in seconds; `usually` tells how long it takes as a rule."""

    name: str
    argv: tuple[str, ...]
    within: float
    usually: str
    hint: str


CHECKS = (
    Check(
        "GPU on the machine",
        ("nvidia-smi", "-L"),
        60,
        "at once after the startup script",
        "The driver sees no GPU on this machine.",
    ),
    Check(
        "Docker",
        tuple(docker.ping()),
        120,
        "a few seconds",
        "The Docker engine does not answer on the machine.",
    ),
)


_CONSOLE = (
    (
        "does not have login permission",
        "OS Login keeps us out: ask who runs the organisation to lift compute.requireOsLogin for this project.",
    ),
    ("No space left on device", "The disk is full: launch with a larger one, --disk-size 200"),
    ("Kernel panic", "The machine's kernel does not start: take another zone, and report the image."),
)


def console_remedy(console: str) -> str:
    """What to do about a machine that never comes, by what stands on its console; empty where that tells nothing."""
    return next((remedy for words, remedy in _CONSOLE if words in console), "")
