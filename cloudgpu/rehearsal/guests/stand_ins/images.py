"""`docker pull` and `docker image inspect`. No image is fetched: a Python environment stands for every one."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from typing import Any, TextIO

from . import control, records
from .flags import Given
from .refused import Refused
from .templates import render

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:(?:[a-zA-Z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)


def canonical(reference: str) -> str:
    """With its tag. Refused in docker's words for what is none."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        name = reference.partition(":")[0].partition("@")[0]
        if name != name.lower() and _REFERENCE.fullmatch(reference.lower()):
            full = name if "/" in name else f"library/{name}"
            raise Refused(f"invalid reference format: repository name ({full}) must be lowercase")
        raise Refused("invalid reference format")
    if match["digest"]:
        return reference
    return reference if match["tag"] else f"{reference}:latest"


def pull(given: Given) -> int:
    reference = canonical(given.arguments[0])
    if reference != given.arguments[0] and not given.on("quiet"):
        sys.stdout.write("Using default tag: latest\n")
    fetch(reference, sys.stdout)
    sys.stdout.write(f"{_familiar(reference)}\n")
    return 0


def fetch(reference: str, progress: TextIO) -> dict[str, Any]:
    """The image's record, made if need be, with docker's progress lines. A fault for `docker pull` strikes here."""
    control.meet_fault("docker pull", {"image": reference}, 1)
    began = time.monotonic()
    name, _, tag = reference.rpartition(":")
    short = name.rpartition("docker.io/")[2]
    progress.write(f"{tag}: Pulling from {short if '/' in short else f'library/{short}'}\n")
    layers = [_sha(f"{reference} layer {number}")[:12] for number in range(3)]
    progress.writelines(f"{layer}: Pulling fs layer\n" for layer in layers)
    progress.flush()
    known = records.read(records.root() / "images.json").get(reference)
    environment = control.ask("environment")
    if error := environment.get("error"):
        raise Refused(f"Error response from daemon: no environment to stand for the image: {error}")
    time.sleep(max(0.0, environment["pull_seconds"] - (time.monotonic() - began)) if not known else 0)
    progress.writelines(f"{layer}: {'Already exists' if known else 'Pull complete'}\n" for layer in layers)
    progress.write(f"Digest: sha256:{_sha(reference)}\n")
    news = "Image is up to date" if known else "Downloaded newer image"
    progress.write(f"Status: {news} for {reference}\n")
    progress.flush()
    warn(reference, environment["maker"])
    record = {"id": f"sha256:{_sha(f'{reference} config')}", "environment": environment, "pulled_at": records.now()}
    with records.locked():
        images = records.read(records.root() / "images.json")
        records.write(records.root() / "images.json", {**images, reference: record})
    return record


def local(reference: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = records.read(records.root() / "images.json").get(reference)
    return found


def warn(reference: str, maker: str) -> None:
    """Say in so many words what is not the real thing."""
    sys.stderr.write(
        f"WARNING: this is a rehearsal; JupyterLab from an environment made by {maker} stands for the container image "
        f"{reference}; image, driver, startup script and GPU are not exercised\n"
    )
    sys.stderr.flush()


def inspect(given: Given) -> int:
    found, status = [], 0
    for wanted in given.arguments:
        reference = canonical(wanted)
        if record := local(reference):
            found.append(_described(reference, record))
        else:
            sys.stderr.write(f"Error response from daemon: No such image: {reference}\n")
            status = 1
    if form := given.last("format"):
        sys.stdout.writelines(f"{render(form, one)}\n" for one in found)
    else:
        sys.stdout.write(f"{json.dumps(found, indent=4)}\n")
    return status


def _described(reference: str, record: dict[str, Any]) -> dict[str, Any]:
    repository = reference.partition("@")[0].rpartition(":")[0] or reference.partition("@")[0]
    return {
        "Id": record["id"],
        "RepoTags": [reference],
        "RepoDigests": [f"{repository}@sha256:{_sha(reference)}"],
        "Created": record["pulled_at"],
        "Architecture": "amd64",
        "Os": "linux",
        "Size": 0,
        "Config": {"Env": [], "Cmd": None, "Entrypoint": None, "WorkingDir": "", "Labels": {}, "User": ""},
    }


def _familiar(reference: str) -> str:
    first, slash, _ = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return reference
    return f"docker.io/{reference}" if slash else f"docker.io/library/{reference}"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
