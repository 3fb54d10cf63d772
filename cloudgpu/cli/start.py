"""`cloudgpu start`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.launch_options import check_cidr
from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps, working_on
from cloudgpu.workflows.start import start


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--ssh-cidr", metavar="CIDR", help="Who may connect. Default: this computer's address /32.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, name: str | None, ssh_cidr: str | None, as_json: bool) -> None:
    """Switch a stopped machine on again, with its notebook. Its address may be another one."""
    from cloudgpu.ui import documents, summary

    if ssh_cidr is not None:
        check_cidr(ssh_cidr)
    with at_desk(settings, as_json=as_json) as desk:
        record = select.one(name, desk.store, command="start")
        with working_on(desk, record.name):
            record = start(record, deps(desk, record.origin, ssh_cidr=ssh_cidr))
    if as_json:
        print_json(documents.document(record))
    else:
        click.echo(summary.launched(record, there=False))
