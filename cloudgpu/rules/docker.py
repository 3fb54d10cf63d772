"""Docker's command lines: every function returns words, running them is somebody else's job."""

from __future__ import annotations

from cloudgpu.model import Container

NAME = "cloudgpu"
WORKDIR = "/workspace"
_DOCKER = ["sudo", "-n", "docker"]  # a session opened before Docker was installed is not in its group yet


def ping() -> list[str]:
    """Answers with the engine's version when it runs."""
    return [*_DOCKER, "info", "--format", "{{.ServerVersion}}"]


def pull(image: str) -> list[str]:
    return [*_DOCKER, "pull", image]


def remove() -> list[str]:
    return [*_DOCKER, "rm", "--force", NAME]


def run(container: Container, *, home: str, launch_id: str) -> list[str]:
    """Start Jupyter in the image. `home` is the login user's home on the machine, where `token` and `start-jupyter.sh`
    lie in `.cloudgpu/` and notebooks in `notebooks/`; the port is published on the machine's loopback only.

    As root inside: the token is readable by its owner alone, and any image has a root. Its own entrypoint is replaced,
    because some (an API server, a shell) would not run our command. It comes back always: an engine that was killed
    takes what it finds running for something that a person has stopped, and `unless-stopped` would leave it so.
    """
    return [
        *_DOCKER, "run", "--detach", "--name", NAME, "--gpus", "all", "--restart", "always", "--init",
        "--label", f"cloudgpu-launch-id={launch_id}",
        "--publish", f"127.0.0.1:{container.port}:{container.port}",
        "--volume", f"{home}/notebooks:{WORKDIR}",
        "--volume", f"{home}/.cloudgpu/start-jupyter.sh:/opt/cloudgpu/start-jupyter.sh:ro",
        "--volume", f"{home}/.cloudgpu/token:/run/cloudgpu/token:ro",
        "--env", "CLOUDGPU_TOKEN_FILE=/run/cloudgpu/token",
        "--env", f"CLOUDGPU_PORT={container.port}",
        "--env", f"CLOUDGPU_ROOT={WORKDIR}",
        "--env", "TF_FORCE_GPU_ALLOW_GROWTH=true",
        "--env", "XLA_PYTHON_CLIENT_PREALLOCATE=false",
        "--workdir", WORKDIR, "--shm-size", "8g", "--user", "0:0", "--entrypoint", "sh",
        container.image, "/opt/cloudgpu/start-jupyter.sh",
    ]  # fmt: skip


def prove(image: str) -> list[str]:
    """Answers with the GPUs that a container of the image sees."""
    return [*_DOCKER, "run", "--rm", "--gpus", "all", "--entrypoint", "nvidia-smi", image, "-L"]


def anything() -> list[str]:
    """Answers with the ids of all containers that run, whoever started them."""
    return [*_DOCKER, "ps", "--quiet"]


def execute(argv: list[str], *, stdin: bool = False) -> list[str]:
    """The command, run inside the container. `stdin`: what is given to it goes to the command."""
    return [*_DOCKER, "exec", *(["--interactive"] if stdin else []), NAME, *argv]


def running() -> list[str]:
    """Answers with the container's id where it runs, with nothing otherwise."""
    return [*_DOCKER, "ps", "--quiet", "--filter", f"name=^{NAME}$"]


def inspect() -> list[str]:
    """Answers with the container's image, as it was asked for; fails where there is no container."""
    return [*_DOCKER, "inspect", "--type", "container", "--format", "{{.Config.Image}}", NAME]


def all_logs(*, follow: bool) -> list[str]:
    return [*_DOCKER, "logs", *(["--follow"] if follow else []), NAME]


def logs(tail: int) -> list[str]:
    return [*_DOCKER, "logs", "--tail", str(tail), NAME]
