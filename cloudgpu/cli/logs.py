"""`cloudgpu logs`"""

from __future__ import annotations

import click

from cloudgpu.cli import select
from cloudgpu.cli.output import at_desk
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps
from cloudgpu.errors import UsageError
from cloudgpu.workflows import logs


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@click.option("--startup", is_flag=True, help="What the startup script wrote.")
@click.option("--console", is_flag=True, help="What the cloud keeps of the machine's console.")
@click.option("--container", is_flag=True, help="What the container wrote.")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written; Ctrl-C ends it.")
@pass_settings
def command(settings: Settings, name: str | None, startup: bool, console: bool, container: bool, follow: bool) -> None:
    """Show the log of NAME: the container's where one runs, else the startup script's."""
    if startup + console + container > 1:
        raise UsageError("--startup, --console and --container exclude each other.", remedy="cloudgpu logs --startup")
    read = logs.startup if startup else logs.console if console else logs.container if container else logs.whichever
    try:
        with at_desk(settings) as desk:
            record = select.one(name, desk.store, command="logs")
            read(record, deps(desk, record.origin), _show, follow=follow)
    except KeyboardInterrupt:  # that is how following ends
        raise click.exceptions.Exit(130) from None


def _show(text: str) -> None:
    from cloudgpu.ui.text import clean

    click.echo(clean(text.replace("\r\n", "\n").replace("\r", "\n")), nl=False)
