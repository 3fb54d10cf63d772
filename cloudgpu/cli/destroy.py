"""`cloudgpu destroy`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.output import at_desk, confirm, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import Desk, deps, working_on
from cloudgpu.errors import LeftBehindError, UsageError
from cloudgpu.model import Receipt, Record
from cloudgpu.workflows.destroy import destroy


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every instance that this computer knows.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, names: tuple[str, ...], everything: bool, yes: bool, as_json: bool) -> None:
    """Remove instances with all that was made for them, and return when the cloud says that they are gone."""
    from cloudgpu.ui import documents, receipt

    with at_desk(settings, as_json=as_json) as desk:
        records = _chosen(names, desk, settings, everything=everything)
        if records:
            confirm(
                f"Destroy {', '.join(record.name for record in records)} with everything on it?",
                yes=yes,
                command=f"cloudgpu destroy {' '.join(record.name for record in records)}",
            )
        receipts = [_one(record, desk) for record in records]
    if as_json:
        print_json([documents.receipt(one) for one in receipts])
    else:
        click.echo("\n".join(receipt.render(one) for one in receipts) if receipts else "Nothing to destroy.")
    left = [line for one in receipts for line in one.left]
    if left:
        raise LeftBehindError(
            f"Still there and billing: {'; '.join(left)}.", remedy=f"cloudgpu destroy {receipts[0].name} --yes"
        )


def _chosen(names: tuple[str, ...], desk: Desk, settings: Settings, *, everything: bool) -> list[Record]:
    if everything and names:
        raise UsageError("--all and names exclude each other.", remedy="cloudgpu destroy --all")
    if everything:
        return [record for record in desk.store.records() if record.origin.rehearsal == settings.rehearse]
    records = [select.one(name, desk.store, command="destroy") for name in names or (None,)]
    if len({record.origin.rehearsal for record in records}) > 1:
        raise UsageError(
            "Some of these are rehearsals and some are not.",
            remedy="Destroy them with two commands, one for each kind.",
        )
    return list({record.name: record for record in records}.values())


def _one(record: Record, desk: Desk) -> Receipt:
    from cloudgpu.remote import tunnels

    with working_on(desk, record.name):
        outcome = destroy(record, deps(desk, record.origin))
    tunnels.stop(desk.home, record.name)
    return outcome
