"""`docker run` and `docker exec`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import asked, control, images, inside, records
from .flags import Given
from .overlay import lay
from .records import Container
from .refused import Refused

_SEE = "\n\nRun 'docker run --help' for more information"


def run(given: Given) -> int:
    try:
        return _run(given)
    except Refused as refusal:
        text = refusal.text.removeprefix("docker: ").removesuffix(_SEE)
        raise Refused(f"docker: {text}{_SEE}", 125 if refusal.status == 1 else refusal.status) from refusal


def _run(given: Given) -> int:
    reference = images.canonical(given.arguments[0])
    wanted = asked.read(given, reference)
    control.meet_fault("docker run", {"image": reference, "name": wanted["name"]}, 125)
    image = images.local(reference)
    if image is None or not Path(image["environment"]["python"]).exists():
        sys.stderr.write(f"Unable to find image '{reference}' locally\n")
        image = images.fetch(reference, sys.stderr)
    else:
        images.warn(reference, image["environment"]["maker"])
    with records.locked():
        container = _create(wanted, image)
    _check_ports(container)
    env = inside.environment(container, {})
    if inside.program(container, wanted["entrypoint"] + wanted["command"], env) is None:
        container.save(status="created", exit_code=127)
        _drop(container)
        first = (wanted["entrypoint"] + wanted["command"])[0]
        raise Refused(
            "Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime "
            "create failed: runc create failed: unable to start container process: error during container init: exec: "
            f'"{first}": executable file not found in $PATH: unknown',
            127,
        )
    return _detached(container) if given.on("detach") else _attached(container, given.on("interactive"))


def _create(wanted: dict[str, Any], image: dict[str, Any]) -> Container:
    if taken := next((one for one in records.containers() if one.name == wanted["name"]), None):
        raise Refused(
            f'Error response from daemon: Conflict. The container name "/{taken.name}" is already in use by container '
            f'"{taken.id}". You have to remove (or rename) that container to be able to reuse that name.'
        )
    guest = str(records.root().parent)
    for mount in wanted["mounts"]:
        if not Path(mount["source"]).exists():
            if not mount["source"].startswith(f"{guest}/"):
                raise Refused(
                    f"Error response from daemon: error while creating mount source path '{mount['source']}': "
                    f"mkdir {mount['source']}: read-only file system"
                )
            Path(mount["source"]).mkdir(parents=True)
    folder = records.root() / "containers" / wanted["id"]
    for part in ("home", "tmp"):
        (folder / part).mkdir(parents=True)
    lay(image["environment"], folder / "env")
    workdir = wanted["workdir"]
    real = inside.rewritten(workdir, wanted["mounts"]) if workdir else str(folder / "home")
    if workdir and real == workdir:
        real = str(folder / "own" / workdir.strip("/"))
        wanted["mounts"].append({"source": real, "destination": workdir, "ro": False, "own": True})
    Path(real).mkdir(parents=True, exist_ok=True)
    records.write(folder / "state.json", {"status": "created", "exit_code": 0, "restarts": 0, "ports": {}, "pid": 0})
    records.write(folder / "config.json", {**wanted, "image_id": image["id"], "real_workdir": real})
    return Container(folder)


def _check_ports(container: Container) -> None:
    published = {
        port["host_port"]: one for one in records.containers() if one.is_running() for port in one.config["ports"]
    }
    for port in container.config["ports"]:
        if port["host_port"] in published:
            raise Refused(
                "Error response from daemon: failed to set up container networking: driver failed programming external "
                f"connectivity on endpoint {container.name} ({container.id}): Bind for "
                f"{port['host_ip']}:{port['host_port']} failed: port is already allocated"
            )
        if port["host_ip"] != "127.0.0.1":
            sys.stderr.write(
                f"WARNING: port {port['host_port']} is published on every address, not on loopback alone\n"
            )


def _detached(container: Container) -> int:
    from . import __name__ as package

    here = Path(__file__).parents[package.count(".") + 1]
    code = (
        f"import sys; sys.path.insert(0, {str(here)!r}); from {package}.keep_container import main; main(sys.argv[1:])"
    )
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code, str(container.folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as keeper:  # fmt: skip
        assert keeper.stdout  # noqa: S101  a pipe was asked for
        keeper.stdout.read()
        keeper.returncode = 0  # it lives on: the with statement must not wait for it
    sys.stdout.write(f"{container.id}\n")
    return 0


def _attached(container: Container, interactive: bool) -> int:
    held = container.hold()
    container.save(status="running", pid=os.getpid(), started_at=records.now())
    status = _execute(container, container.config["entrypoint"] + container.config["command"], interactive)
    container.save(status="exited", exit_code=status, finished_at=records.now(), pid=0)
    os.close(held)
    _drop(container)
    return status


def _drop(container: Container) -> None:
    if container.config["remove"]:
        container.remove()


def execute(given: Given) -> int:
    container = records.the(given.arguments[0])
    control.meet_fault("docker exec", {"name": container.name}, 126)
    if not container.is_running():
        raise Refused(f"Error response from daemon: container {container.id} is not running")
    ports = container.state().get("ports", {})
    return _execute(
        container, given.arguments[1:], given.on("interactive"), ports, asked.env(given), given.last("workdir")
    )


def _execute(
    container: Container,
    words: list[str],
    interactive: bool,
    ports: dict[str, int] | None = None,
    extra: dict[str, str] | None = None,
    where: str = "",
) -> int:
    env = inside.environment(container, ports or {}, extra)
    argv = inside.program(container, words, env)
    if argv is None:
        raise Refused(
            "OCI runtime exec failed: exec failed: unable to start container process: "
            f'exec: "{words[0]}": executable file not found in $PATH: unknown',
            127,
        )
    sys.stdout.flush()
    status = subprocess.run(
        argv,
        env=env,
        cwd=inside.workdir(container, where),
        check=False,
        stdin=None if interactive else subprocess.DEVNULL,
    ).returncode
    return status if status >= 0 else 128 - status
