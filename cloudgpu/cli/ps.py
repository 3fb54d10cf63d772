"""`cloudgpu ps`"""

from __future__ import annotations

import click

from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import Desk


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.option("--refresh", is_flag=True, help="Ask the clouds; also finds what was launched from other computers.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, refresh: bool, as_json: bool) -> None:
    """List the instances. Without --refresh from memory, and at once."""
    from datetime import datetime, timezone

    from cloudgpu.remote import tunnels
    from cloudgpu.ui import documents, tables

    with at_desk(settings, as_json=as_json) as desk:
        if refresh:
            _refresh(desk, settings)
        records = desk.store.records()
        open_ports = {one.name: one.local_port for one in tunnels.saved(desk.home) if tunnels.alive(one)}
    if as_json:
        print_json([documents.document(record) for record in records])
    else:
        click.echo(tables.ps(records, now=datetime.now(timezone.utc), tunnels=open_ports))


def _refresh(desk: Desk, settings: Settings) -> None:
    """Every account that the memo knows, and every cloud of this realm with its default account, side by side."""
    from concurrent.futures import ThreadPoolExecutor

    from cloudgpu.cli.wiring import deps
    from cloudgpu.errors import AuthError
    from cloudgpu.events import Note
    from cloudgpu.model import Origin
    from cloudgpu.providers import registry
    from cloudgpu.workflows.reconcile import look, settle

    known = [one.origin for one in desk.store.records() if one.origin.rehearsal == settings.rehearse]
    default = [Origin(name, rehearsal=settings.rehearse) for name in registry.names()]
    origins = list(dict.fromkeys(known + default))
    with ThreadPoolExecutor(len(origins)) as pool:
        looks = [pool.submit(lambda one: look(deps(desk, one)), origin) for origin in origins]
    for origin, one in zip(origins, looks, strict=True):
        try:
            settle(one.result())
        except AuthError as error:
            desk.emit(Note(f"{origin.provider} was not asked: {error.brief}"))
