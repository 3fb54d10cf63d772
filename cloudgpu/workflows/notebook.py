"""On a machine that is ready: the image, the container, Jupyter."""

from __future__ import annotations

import secrets
from dataclasses import replace

from cloudgpu.errors import ContainerError, MachineError
from cloudgpu.events import Note, step
from cloudgpu.model import Container, Record, RunningContainer
from cloudgpu.protocols import Remote
from cloudgpu.retry import until
from cloudgpu.rules import docker, jupyter, readiness, startup
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.ready import hold, remedy, see_gpu

_JUPYTER_WITHIN = 300.0


def start_notebook(record: Record, container: Container, remote: Remote, deps: Deps) -> Record:
    """Pull the image, start it with every GPU, wait for Jupyter, see the GPU inside. ContainerError otherwise."""
    home = _prepare(remote)
    hold(readiness.room(container.image), remote, deps)
    with step(deps.emit, "pull image") as say:
        try:
            for line in remote.stream(docker.pull(container.image)):
                _tell(line, deps)
                say(line)
        except MachineError as error:
            raise ContainerError(
                f"The image {container.image} could not be pulled.",
                remedy=remedy(error.details, "Check its name and tag, and whether the registry wants a login."),
                details=error.details,
            ) from error
    see_gpu(container.image, remote, deps)
    with step(deps.emit, "start container"):
        remote.run(docker.remove())
        started = remote.run(docker.run(container, home=home, launch_id=record.launch_id), timeout=300)
        if not started.ok:
            raise ContainerError(
                f"The container of {container.image} did not start.",
                remedy=remedy(
                    started.stderr,
                    "Is it an image for linux/amd64 with a shell? Try another one: cloudgpu launch --image pytorch",
                ),
                code=f"docker: exit status {started.status}",
                details=started.stderr.strip(),
            )
    with step(deps.emit, "wait for Jupyter"):
        token = read_token(record, remote)
        until(
            lambda: answers(remote, container.port, token),
            within=_JUPYTER_WITHIN,
            otherwise=lambda: _no_jupyter(container, remote),
            every=0.1,
            at_most=1.0,
            sleep=deps.sleep,
        )
    with step(deps.emit, "GPU in the container"):
        seen = remote.run(docker.execute(["nvidia-smi", "-L"]))
        if not seen.ok:
            raise ContainerError(
                "The container does not see a GPU.",
                remedy=remedy(
                    seen.stderr + seen.stdout,
                    "Try an image that works with this driver: cloudgpu launch --image pytorch",
                ),
                details=(seen.stderr or seen.stdout).strip(),
            )
    running = RunningContainer(started.stdout.strip().splitlines()[-1][:12], container.image, gpu_ok=True)
    return replace(record, container=running, jupyter_port=container.port)


def read_token(record: Record, remote: Remote) -> str:
    """The token that only the machine keeps. ContainerError where it is not there."""
    found = remote.run(["cat", jupyter.TOKEN_FILE])
    if not found.ok or not found.stdout.strip():
        raise ContainerError(
            f"There is no Jupyter token on {record.name}.",
            remedy=f"cloudgpu destroy {record.name}  # and launch it again",
            details=found.stderr.strip(),
        )
    return found.stdout.strip()


def answers(remote: Remote, port: int, token: str) -> bool:
    """Whether Jupyter answers on the machine's loopback and takes the token."""
    try:
        status, _ = remote.get("/api/status", port=port, token=token)
    except ConnectionError:
        return False
    return status == 200


def _prepare(remote: Remote) -> str:
    """Put the token and the start script on the machine; its home folder."""
    remote.put(secrets.token_hex(24).encode(), jupyter.TOKEN_FILE, mode=0o600)
    remote.put(startup.container_script(), jupyter.SCRIPT_FILE, mode=0o755)
    made = remote.run(["sh", "-c", 'mkdir -p "$HOME/notebooks" && printf %s "$HOME"'])
    if not made.ok:
        raise MachineError(
            "The folder for notebooks could not be made on the machine.",
            remedy="Is its disk full? Launch with a larger one: cloudgpu launch --disk-size 200",
            details=made.stderr.strip(),
        )
    return made.stdout


def _tell(line: str, deps: Deps) -> None:
    if line.startswith("WARNING: "):
        deps.emit(Note(line.removeprefix("WARNING: "), warning=True))


def _no_jupyter(container: Container, remote: Remote) -> ContainerError:
    logs = remote.run(docker.logs(20))
    return ContainerError(
        f"Jupyter did not answer in the container of {container.image} within {_JUPYTER_WITHIN:g} seconds.",
        remedy="Its last words are above. Try an image that has Jupyter: cloudgpu launch --image pytorch",
        details=(logs.stdout + logs.stderr).strip(),
    )
