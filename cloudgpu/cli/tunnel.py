"""`cloudgpu tunnel`"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from cloudgpu.cli import select
from cloudgpu.cli import tunnel_detached as detached
from cloudgpu.cli.output import at_desk
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import Desk, ways
from cloudgpu.errors import UsageError
from cloudgpu.model import Record
from cloudgpu.remote import background
from cloudgpu.rules import jupyter
from cloudgpu.workflows.tunnel import Tunnel, keep, open_tunnel


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--local-port", type=click.IntRange(1, 65_535), help="Default: the one of last time, or 8888.")
@click.option("--engine", type=click.Choice(["openssh", "sshtunnel"]), help="Default: OpenSSH where it is installed.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the browser when Jupyter answers.")
@click.option("--background", is_flag=True, help="Return when Jupyter answers, and keep the tunnel open.")
@click.option("--stop", is_flag=True, help="End the tunnel in the background; without NAME all of them.")
@click.option("--status", is_flag=True, help="Show the tunnels in the background.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(
    settings: Settings,
    name: str | None,
    local_port: int | None = None,
    engine: str | None = None,
    open_browser: bool = False,
    background: bool = False,
    stop: bool = False,
    status: bool = False,
    as_json: bool = False,
) -> None:
    """Open the notebook of NAME on this computer's loopback. Heals itself; ends on Ctrl-C."""
    if background + stop + status > 1:
        raise UsageError("--background, --stop and --status exclude each other.", remedy="cloudgpu tunnel --status")
    with at_desk(settings, as_json=as_json) as desk:
        if stop:
            detached.stop(name, desk)
            return
        if status:
            detached.show(desk, as_json=as_json)
            return
        record = _known_by_keys(select.one(name, desk.store, command="tunnel"), desk)
        if background:
            document = detached.start(record, desk, local_port, engine)
            announce(document, as_json=as_json, open_browser=open_browser, stays=False)
            if not as_json:
                click.echo(f"It stays open in the background. To end it: cloudgpu tunnel {record.name} --stop")
        else:
            _in_foreground(record, desk, local_port, engine, open_browser=open_browser, as_json=as_json)


def _known_by_keys(record: Record, desk: Desk) -> Record:
    """An instance that was found in its cloud and never connected to from here: only then is the cloud asked."""
    from cloudgpu.workflows import host_keys

    if not host_keys.lack(record):
        return record
    from cloudgpu.cli.wiring import deps

    return host_keys.learn(record, deps(desk, record.origin))


def _in_foreground(
    record: Record, desk: Desk, local_port: int | None, engine: str | None, *, open_browser: bool, as_json: bool
) -> None:
    out = ways(desk, engine=engine)
    tunnel = open_tunnel(record, out, local_port=local_port)
    try:
        announce(_document(tunnel), as_json=as_json, open_browser=open_browser, stays=True)
    except BaseException:
        tunnel.forward.close()
        raise
    keep(tunnel, out)


def _document(tunnel: Tunnel) -> dict[str, Any]:
    import os

    return {
        "name": tunnel.record.name,
        "url": jupyter.url(tunnel.forward.local_port, tunnel.token),
        "local_port": tunnel.forward.local_port,
        "remote_port": tunnel.remote_port,
        "engine": tunnel.forward.engine,
        "pid": os.getpid(),
        "state": "up",
    }


def announce(document: dict[str, Any], *, as_json: bool, open_browser: bool, stays: bool) -> None:
    if as_json:
        # whoever started a tunnel that stays reads one line and may close its end
        (background.announce if stays else click.echo)(json.dumps(document))
    else:
        click.echo(f"{document['name']} is open at\n\n    {document['url']}\n")
        sys.stdout.flush()
    if open_browser:
        import webbrowser

        webbrowser.open(document["url"])
