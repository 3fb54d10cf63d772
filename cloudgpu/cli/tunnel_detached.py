"""`cloudgpu tunnel --background`, `--stop`, `--status`: the token passes through a pipe and is never written down."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from cloudgpu.cli.output import print_json
from cloudgpu.cli.wiring import Desk
from cloudgpu.errors import UsageError
from cloudgpu.model import Record

_READY_WITHIN = 120.0


def start(record: Record, desk: Desk, local_port: int | None, engine: str | None) -> dict[str, Any]:
    """The same command again, detached; its document, which it prints when Jupyter answers."""
    from cloudgpu.remote import background, process, tunnels

    there = tunnels.load(desk.home, record.name)
    if there is not None and tunnels.alive(there):
        raise UsageError(
            f"The tunnel of {record.name} is open in the background already, on port {there.local_port}.",
            remedy=f"cloudgpu tunnel {record.name} --stop",
        )
    argv = [sys.executable, "-m", "cloudgpu", "tunnel", record.name, "--json", "--no-open"]
    argv += ["--local-port", str(local_port)] if local_port else []
    argv += ["--engine", engine] if engine else []
    log = desk.home / "tunnels" / f"{record.name}.log"
    child = background.spawn(argv, log, within=_READY_WITHIN)
    try:
        document: dict[str, Any] = json.loads(child.line)
        ends = {part: document[part] for part in ("local_port", "remote_port", "engine", "state")}
        tunnels.save(desk.home, tunnels.BackgroundTunnel(record.name, child.pid, child.started, **ends))
    except BaseException:
        process.terminate(child.pid, child.started)
        raise
    return document


def stop(name: str | None, desk: Desk) -> None:
    """End one or all; none is success."""
    from cloudgpu.remote import tunnels

    names = [name] if name else [one.name for one in tunnels.saved(desk.home)]
    ended = [one for one in names if tunnels.stop(desk.home, one)]
    click.echo(f"Ended: {', '.join(ended)}." if ended else "No tunnel is open in the background.")


def show(desk: Desk, *, as_json: bool) -> None:
    """Those that run, without their tokens: `up` if Jupyter answers through it just now."""
    from cloudgpu.remote import http, tunnels

    rows = [
        {
            "name": one.name,
            "url": f"http://127.0.0.1:{one.local_port}/lab",
            "local_port": one.local_port,
            "remote_port": one.remote_port,
            "engine": one.engine,
            "pid": one.pid,
            "state": "healing" if http.probe(one.local_port, "", timeout=5) is None else "up",
        }
        for one in tunnels.saved(desk.home)
        if tunnels.alive(one)
    ]
    if as_json:
        print_json(rows)
    else:
        lines = [f"{row['name']}  {row['state']}  {row['url']}  pid {row['pid']}" for row in rows]
        click.echo("\n".join(lines) or "No tunnel is open in the background.")
