"""`cloudgpu tunnel --background`, `--stop`, `--status`: the token passes through a pipe and is never written down."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from cloudgpu.cli.output import print_json
from cloudgpu.cli.wiring import Desk
from cloudgpu.errors import TunnelError, UsageError
from cloudgpu.model import Record

_READY_WITHIN = 120.0


def start(record: Record, desk: Desk, local_port: int | None, engine: str | None) -> dict[str, Any]:
    """The same command again, detached; its document, which it prints when Jupyter answers."""
    from cloudgpu.remote import background

    there = background.load(desk.home, record.name)
    if there is not None and background.alive(there):
        raise UsageError(
            f"The tunnel of {record.name} is open in the background already, on port {there.local_port}.",
            remedy=f"cloudgpu tunnel {record.name} --stop",
        )
    argv = [sys.executable, "-m", "cloudgpu", "tunnel", record.name, "--json", "--no-open"]
    argv += ["--local-port", str(local_port)] if local_port else []
    argv += ["--engine", engine] if engine else []
    log = desk.home / "tunnels" / f"{record.name}.log"
    pid, line = background.spawn(argv, log, within=_READY_WITHIN)
    try:
        document: dict[str, Any] = json.loads(line)
        background.save(
            desk.home,
            record.name,
            pid=pid,
            local_port=document["local_port"],
            remote_port=document["remote_port"],
            engine=document["engine"],
        )
    except (ValueError, KeyError) as error:
        raise TunnelError("The tunnel in the background said nothing of use.", remedy=f"See {log}") from error
    return document


def stop(name: str | None, desk: Desk) -> None:
    from cloudgpu.remote import background

    names = [name] if name else [one.name for one in background.running(desk.home)]
    ended = [one for one in names if background.stop(desk.home, one)]
    click.echo(f"Ended: {', '.join(ended)}." if ended else "No tunnel is open in the background.")


def show(desk: Desk, *, as_json: bool) -> None:
    from cloudgpu.remote import background, http

    rows = [
        {
            "name": one.name,
            "url": f"http://127.0.0.1:{one.local_port}/lab",
            "local_port": one.local_port,
            "remote_port": one.remote_port,
            "engine": one.engine,
            "pid": one.pid,
            "state": "up" if http.answers(one.local_port) else "healing",
        }
        for one in background.running(desk.home)
    ]
    if as_json:
        print_json(rows)
    else:
        lines = [f"{row['name']}  {row['state']}  {row['url']}  pid {row['pid']}" for row in rows]
        click.echo("\n".join(lines) or "No tunnel is open in the background.")
