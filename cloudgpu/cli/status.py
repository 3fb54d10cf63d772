"""`cloudgpu status`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps
from cloudgpu.workflows.status import status


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, name: str | None, as_json: bool) -> None:
    """Show one instance: what its cloud says, and whether Jupyter answers."""
    from datetime import datetime, timezone

    from cloudgpu.ui import documents, summary

    with at_desk(settings, as_json=as_json) as desk:
        record = select.one(name, desk.store, command="status")
        seen = status(record, deps(desk, record.origin))
    if as_json:
        print_json(documents.document(seen.record, gone=seen.gone, jupyter_ready=not seen.trouble))
    else:
        click.echo(summary.status(seen.record, now=datetime.now(timezone.utc), gone=seen.gone, trouble=seen.trouble))
