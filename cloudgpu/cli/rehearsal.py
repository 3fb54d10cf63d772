"""`cloudgpu rehearsal`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudgpu.cli.output import print_json
from cloudgpu.cli.wiring import rehearsal_home
from cloudgpu.errors import UsageError

if TYPE_CHECKING:
    from cloudgpu.rehearsal.client import Running

_EXAMPLE = '{"cloud":"aws","operation":"RunInstances","effect":"error","code":"InsufficientInstanceCapacity"}'


def _home() -> Path:
    from cloudgpu.store import paths

    return rehearsal_home(paths.prepare(paths.home()))


@click.group("rehearsal")
def command() -> None:
    """The embedded clouds on this computer: Compute Engine and EC2, for nothing."""


_guests = click.option(
    "--guests",
    type=click.Choice(["process", "machine"]),
    default="process",
    envvar="CLOUDGPU_REHEARSAL_GUESTS",
    help="What instances are: processes of yours, or whole machines (Linux, root).",
)


@command.command()
@_guests
def start(guests: str) -> None:
    """Start them in the background; running already is fine."""
    from cloudgpu.rehearsal import client

    _tell(client.start(_home(), guests=guests))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def status(as_json: bool) -> None:
    """Show where they listen, and the ledger of what a cloud would have billed."""
    from cloudgpu.rehearsal import client
    from cloudgpu.ui import tables

    found = client.status(_home())
    if as_json:
        print_json(found)
    else:
        click.echo(tables.rehearsal(found))


@command.command()
def stop() -> None:
    """Stop them with every machine in them. The ledger stays."""
    from cloudgpu.rehearsal import client

    click.echo("Stopped." if client.stop(_home()) else "They were not running.")


@command.command()
@click.option("--gce-port", type=int, default=0, help="Port for Compute Engine (default: a free one).")
@click.option("--aws-port", type=int, default=0, help="Port for EC2 and its neighbours (default: a free one).")
@_guests
def serve(gce_port: int, aws_port: int, guests: str) -> None:
    """Run them in the foreground until Ctrl-C: for tests of your own."""
    from cloudgpu.rehearsal import daemon

    daemon.serve(_home(), gce_port=gce_port, aws_port=aws_port, guests=guests, ready=_tell)


@command.command()
@click.option("--add", "rule", metavar="JSON", help=f"A rule, e.g. '{_EXAMPLE}'")
@click.option("--clear", is_flag=True, help="Forget all rules.")
def faults(rule: str | None, clear: bool) -> None:
    """Make calls fail, or list what will fail."""
    from cloudgpu.rehearsal import client

    document = None if rule is None else _parsed(rule)
    running = client.start(_home())
    if clear:
        client.call(running, "DELETE", "/_rehearsal/faults")
    if document is not None:
        client.call(running, "POST", "/_rehearsal/faults", document)
    print_json(client.call(running, "GET", "/_rehearsal/faults"))


def _tell(running: Running) -> None:
    click.echo(f"Compute Engine at {running.gce_endpoint}, EC2 at {running.aws_endpoint}.")
    if running.namespace:
        click.echo(f"They have an internet of their own: nsenter --net=/run/netns/{running.namespace} cloudgpu ...")


def _parsed(rule: str) -> dict[str, Any]:
    try:
        document = json.loads(rule)
    except ValueError as error:
        raise UsageError(f"The rule is not JSON: {error}.", remedy="cloudgpu rehearsal faults --help") from error
    if not isinstance(document, dict):
        raise UsageError("The rule is not a JSON object.", remedy="cloudgpu rehearsal faults --help")
    return document
