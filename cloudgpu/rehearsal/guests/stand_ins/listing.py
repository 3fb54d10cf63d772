"""`docker ps`, `inspect`, `logs`, `version` and `info`."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from . import records
from .flags import Command, Given, wrong_flag
from .records import Container
from .refused import Refused
from .templates import render

VERSION = "28.2.2"
PS = Command(
    "ps",
    "[OPTIONS]",
    {"all": "bool", "quiet": "bool", "no-trunc": "bool", "filter": "list", "format": "value"},
    {"a": "all", "q": "quiet", "f": "filter"},
    most=0,
)


def ps(given: Given) -> int:
    for text in given.all("filter"):
        if "=" not in text:
            problem = f'invalid argument "{text}" for "-f, --filter" flag: bad format of filter (expected name=value)'
            raise wrong_flag(PS, problem)
    shown = [one for one in records.containers() if given.on("all") or given.all("filter") or one.is_running()]
    for text in given.all("filter"):
        shown = [one for one in shown if _passes(one, text)]
    if not given.on("all") and not any(text.startswith("status=") for text in given.all("filter")):
        shown = [one for one in shown if one.is_running()]
    rows = [_row(one, given.on("no-trunc")) for one in shown]
    if given.on("quiet"):
        lines = [row["ID"] for row in rows]
    elif form := given.last("format"):
        lines = [render(form.removeprefix("table "), row) for row in rows]
    else:
        titles = {"ID": "CONTAINER ID", "CreatedAt": "CREATED"}
        columns = ("ID", "Image", "Command", "CreatedAt", "Status", "Ports", "Names")
        table = [
            [titles.get(name, name.upper()) for name in columns],
            *([row[name] for name in columns] for row in rows),
        ]
        widths = [max(map(len, column)) for column in zip(*table)]  # noqa: B905  every row has all columns
        lines = ["   ".join(word.ljust(widths[at]) for at, word in enumerate(row)).rstrip() for row in table]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _passes(one: Container, text: str) -> bool:
    kind, _, value = text.partition("=")
    if kind == "label":
        key, with_value, wanted = value.partition("=")
        labels = one.config["labels"]
        return key in labels and (not with_value or labels[key] == wanted)
    if kind == "name":
        return value.strip("^/$") == one.name if value.startswith("^") else value in one.name
    if kind == "status":
        return bool(one.state()["status"] == value)
    if kind == "id":
        return one.id.startswith(value)
    raise Refused(f"Error response from daemon: invalid filter '{kind}'")


def _row(one: Container, whole: bool) -> dict[str, str]:
    config, state = one.config, one.state()
    command = json.dumps(shlex.join(config["entrypoint"] + config["command"]))
    published = [f"{port['host_ip']}:{port['host_port']}->{port['container_port']}/tcp" for port in config["ports"]]
    status = {"running": "Up", "created": "Created", "restarting": f"Restarting ({state['exit_code']})"}
    return {
        "ID": one.id if whole else one.id[:12],
        "Image": config["image"],
        "Command": command if whole or len(command) < 22 else f'{command[:20]}…"',
        "CreatedAt": config["created"],
        "Status": status.get(state["status"], f"Exited ({state['exit_code']})"),
        "State": state["status"],
        "Ports": ", ".join(published) if state["status"] == "running" else "",
        "Names": one.name,
        "Labels": ",".join(f"{key}={value}" for key, value in config["labels"].items()),
    }


def inspect(given: Given) -> int:
    found, status = [], 0
    for wanted in given.arguments:
        if one := records.find(wanted):
            found.append(_described(one))
        else:
            sys.stderr.write(f"Error: No such object: {wanted}\n")
            status = 1
    if form := given.last("format"):
        sys.stdout.writelines(f"{render(form, one)}\n" for one in found)
    else:
        sys.stdout.write(f"{json.dumps(found, indent=4)}\n")
    return status


def _described(one: Container) -> dict[str, Any]:
    config, state = one.config, one.state()
    status = state["status"]
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in config["ports"]:
        bound = {"HostIp": port["host_ip"], "HostPort": port["host_port"]}
        bindings.setdefault(f"{port['container_port']}/tcp", []).append(bound)
    policy, _, most = config["restart"].partition(":")
    mounts = [mount for mount in config["mounts"] if not mount.get("own")]
    return {
        "Id": one.id,
        "Name": f"/{one.name}",
        "Created": config["created"],
        "State": {
            "Status": status,
            "Running": status == "running",
            "Paused": False,
            "Restarting": status == "restarting",
            "OOMKilled": False,
            "Dead": False,
            "Pid": state["pid"],
            "ExitCode": state["exit_code"],
            "Error": "",
            "StartedAt": state.get("started_at", "0001-01-01T00:00:00Z"),
            "FinishedAt": state.get("finished_at", "0001-01-01T00:00:00Z"),
        },
        "Image": config["image_id"],
        "RestartCount": state["restarts"],
        "Config": {
            "Hostname": config["hostname"],
            "Image": config["image"],
            "Cmd": config["command"],
            "Entrypoint": config["entrypoint"] or None,
            "Env": [f"{name}={value}" for name, value in config["env"].items()],
            "Labels": config["labels"],
            "WorkingDir": config["workdir"],
            "User": config["user"],
        },
        "HostConfig": {
            "AutoRemove": config["remove"],
            "Binds": [f"{m['source']}:{m['destination']}{':ro' if m['ro'] else ''}" for m in mounts],
            "Init": config["init"],
            "PortBindings": bindings,
            "RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)},
        },
        "Mounts": [
            {"Type": "bind", "Source": m["source"], "Destination": m["destination"], "RW": not m["ro"]} for m in mounts
        ],
        "NetworkSettings": {"Ports": bindings if status == "running" else {}},
    }


def logs(given: Given) -> int:
    one = records.the(given.arguments[0])
    tail = given.last("tail", "all")
    shown = 0
    if one.log.exists():
        text = one.log.read_bytes()
        shown = len(text)
        lines = text.splitlines(keepends=True)
        _emit(b"".join(lines if tail == "all" else lines[-int(tail) :] if int(tail) else []))
    while given.on("follow") and one.is_running():
        time.sleep(0.1)
        with one.log.open("rb") as log:
            log.seek(shown)
            more = log.read()
        shown += len(more)
        _emit(more)
    return 0


def _emit(text: bytes) -> None:
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def version(given: Given) -> int:
    side = {"Version": VERSION, "ApiVersion": "1.50", "Os": "linux", "Arch": "amd64"}
    thing = {"Client": side, "Server": {**side, "Platform": {"Name": "cloudgpu rehearsal"}}}
    one = "{0}: cloudgpu rehearsal\n Version: {{{{.{0}.Version}}}}"
    plain = f"{one.format('Client')}\n\n{one.format('Server')}"
    sys.stdout.write(f"{render(given.last('format') or plain, thing)}\n")
    return 0


def info(given: Given) -> int:
    everything = records.containers()
    gpus = Path(os.environ["CLOUDGPU_REHEARSAL_GPUS"]).exists()
    thing = {
        "ServerVersion": VERSION,
        "OperatingSystem": "cloudgpu rehearsal guest",
        "Containers": len(everything),
        "ContainersRunning": sum(one.is_running() for one in everything),
        "Runtimes": {"runc": {"path": "runc"}, **({"nvidia": {"path": "nvidia-container-runtime"}} if gpus else {})},
        "DockerRootDir": str(records.root()),
    }
    plain = " Server Version: {{.ServerVersion}}\n Operating System: {{.OperatingSystem}}\n Containers: {{.Containers}}"
    sys.stdout.write(f"{render(given.last('format') or plain, thing)}\n")
    return 0
