"""`cloudgpu launch`"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from cloudgpu.cli import launch_options as options
from cloudgpu.cli.output import at_desk, at_terminal, confirm, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import Desk, deps, working_on
from cloudgpu.model import Origin, Plan, Record
from cloudgpu.rules import catalog, names
from cloudgpu.workflows import launch as launching
from cloudgpu.workflows.plan import plan


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.argument("name", required=False)
@options.all_of_them
@pass_settings
@click.pass_context
def command(ctx: click.Context, settings: Settings, /, name: str | None, **given: Any) -> None:
    """Rent a GPU machine, start a container with Jupyter on it, and tell how to get there.

    Without NAME one is made up. A NAME whose launch did not end is resumed; one that is there is left alone.
    """
    wanted = options.Wanted.of(given)
    image = catalog.resolve_image(wanted.image)
    with at_desk(settings, as_json=wanted.json) as desk:
        name = names.check_name(name) if name else _new_name(desk)
        context = deps(desk, _origin(ctx, wanted, settings), ssh_cidr=wanted.ssh_cidr)
        with working_on(desk, name):
            record = launching.unfinished(name, context)
            there = record is not None and record.ready
            if record is None or not record.ready:
                launch_id = record.launch_id if record else _new_id()
                made = plan(
                    name, launch_id, wanted.request(), wanted.container(image), context,
                    limits=wanted.limits(), disk_gb=wanted.disk_size, network=wanted.place(),
                    wait_for_capacity=wanted.patience(), plain=wanted.machine_image == "ubuntu",
                    agree=_agreement(wanted),
                )  # fmt: skip
                if wanted.dry_run:
                    options.show_plan(ctx, made, as_json=wanted.json)
                    return
                _confirm(made, settings, yes=wanted.yes)
                record = launching.launch(made, context, own_script=wanted.own_script())
        if not wanted.tunnel:
            _show(record, wanted, there=there)
    if wanted.tunnel:
        from cloudgpu.cli.tunnel import command as tunnel

        ctx.invoke(tunnel, name=name, open_browser=wanted.open, as_json=wanted.json)


def _origin(ctx: click.Context, wanted: options.Wanted, settings: Settings) -> Origin:
    from cloudgpu.errors import UsageError
    from cloudgpu.providers import registry
    from cloudgpu.rules.suggest import did_you_mean

    known = registry.names()
    if wanted.provider is None:
        raise UsageError(f"Which cloud? {' or '.join(known)}.", remedy=f"cloudgpu launch --provider {known[-1]}")
    if wanted.provider not in known:
        hint = did_you_mean(wanted.provider, known) or f"Known are {', '.join(known)}."
        raise UsageError(f"There is no provider {wanted.provider!r}.", remedy=f"{hint} cloudgpu launch --provider gcp")
    for option, other in (("project", "aws"), ("profile", "gcp")):  # from a file for both clouds they may stand there
        if wanted.provider == other and ctx.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{option} means nothing to {other}.",
                remedy=f"cloudgpu launch --provider {other}  # without --{option}",
            )
    return Origin(wanted.provider, wanted.project, wanted.profile, rehearsal=settings.rehearse)


def _new_name(desk: Desk) -> str:
    import secrets

    return names.new_name(secrets.choice, [record.name for record in desk.store.records()])


def _new_id() -> str:
    import secrets

    return "c" + secrets.token_hex(5)


def _agreement(wanted: options.Wanted) -> Callable[[str], bool]:
    """Whether something may be made on the way that costs nothing: `--yes`, or a yes on the terminal; never for a plan
    alone."""
    if wanted.dry_run:
        return lambda question: False
    return lambda question: wanted.yes or (at_terminal() and click.confirm(question, err=True))


def _confirm(made: Plan, settings: Settings, *, yes: bool) -> None:
    if settings.rehearse:
        return
    from cloudgpu.ui.summary import question

    first = made.offers[0]
    confirm(
        question(made),
        yes=yes,
        command=f"cloudgpu launch {made.name} --provider {first.provider}",
    )


def _show(record: Record, wanted: options.Wanted, *, there: bool) -> None:
    from cloudgpu.ui import documents, summary

    if wanted.json:
        print_json(documents.document(record))
    else:
        click.echo(summary.launched(record, there=there))
