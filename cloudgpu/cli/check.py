"""`cloudgpu check`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps
from cloudgpu.workflows.check import check, unsound


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--bench", is_flag=True, help="Measure products of matrices as well; takes seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
def command(settings: Settings, name: str | None, bench: bool, as_json: bool) -> None:
    """Prove that programs in the container of NAME can use the GPU; ends with 8 where they cannot."""
    from cloudgpu.ui import proof

    with at_desk(settings, as_json=as_json) as desk:
        record = select.one(name, desk.store, command="check")
        found = check(record, deps(desk, record.origin), bench=bench)
    if as_json:
        print_json(proof.document(found))
    else:
        click.echo(proof.render(found))
    if found.ok is False:
        raise unsound(found)
