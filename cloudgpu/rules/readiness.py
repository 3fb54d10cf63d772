"""What has to hold on the machine before a container can be started: probe, time limit, what it means when it fails."""

from __future__ import annotations

from dataclasses import dataclass

from cloudgpu.rules import docker


@dataclass(frozen=True, slots=True)
class Check:
    """`argv` exits with 0 when it holds. `within` in seconds; `usually` tells how long it takes as a rule. `needed`
    False: without it the launch goes on, since a later row proves what counts."""

    name: str
    argv: tuple[str, ...]
    within: float
    usually: str
    hint: str
    needed: bool = True


_TOOLKIT = """found=$(sudo -n docker info --format '{{json .}}') || exit 1
case $found in *'"nvidia"'* | *nvidia.com/gpu*) exit 0 ;; esac
for program in nvidia-container-runtime-hook nvidia-cdi-hook nvidia-ctk; do
  command -v "$program" >/dev/null && { echo "Docker does not know the nvidia runtime; $program is there" >&2; exit 1; }
done
echo 'nvidia-container-toolkit is not installed' >&2
exit 1"""
_ROOM = """sudo -n docker image inspect --format '{{.Id}}' "$1" >/dev/null 2>&1 && exit 0
folder=$(sudo -n docker info --format '{{.DockerRootDir}}') || exit 1
free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
echo "$((free / 1048576)) GB are free in $folder"
[ "$free" -ge $((15 * 1048576)) ]"""

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
    Check(
        "NVIDIA Container Toolkit",
        ("sh", "-c", _TOOLKIT),
        0,
        "at once after the startup script",
        "Docker names neither an nvidia runtime nor a GPU in its list of devices (CDI).",
        needed=False,
    ),
)


def room(image: str) -> Check:
    """On Docker's disk; images with CUDA take 8 to 25 GB when they are unpacked."""
    return Check(
        "room for the image",
        ("sh", "-c", _ROOM, "room", image),
        0,
        "at once",
        "That may be too little for the image: --disk-size 200 gives more.",
        needed=False,
    )


def in_container(image: str) -> Check:
    """With the image that is going to run: it is the only one that is known to be on the machine."""
    return Check(
        "GPU for containers",
        tuple(docker.prove(image)),
        0,
        "one to five seconds",
        "Docker does not give a GPU to a container.",
    )


_CONSOLE = (
    (
        "does not have login permission",
        "OS Login keeps us out: ask who runs the organisation to lift compute.requireOsLogin for this project.",
    ),
    ("No space left on device", "The disk is full: launch with a larger one, --disk-size 200"),
    ("enough free space in", "The disk is too small: launch with a larger one, --disk-size 200"),  # apt's words
    ("Kernel panic", "The machine's kernel does not start: take another zone, and report the image."),
)


def console_remedy(console: str) -> str:
    """What to do about a machine that never comes, by what stands on its console; empty where that tells nothing."""
    return next((remedy for words, remedy in _CONSOLE if words in console), "")
