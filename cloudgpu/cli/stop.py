"""`cloudgpu stop`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps, working_on
from cloudgpu.workflows.stop import stop


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, name: str | None, as_json: bool) -> None:
    """Switch the machine off. Its GPU is given back, and only its disk is billed."""
    from cloudgpu.ui import documents, summary

    with at_desk(settings, as_json=as_json) as desk:
        record = select.one(name, desk.store, command="stop")
        with working_on(desk, record.name):
            record = stop(record, deps(desk, record.origin))
    if as_json:
        print_json(documents.document(record))
    else:
        click.echo(summary.stopped(record))
