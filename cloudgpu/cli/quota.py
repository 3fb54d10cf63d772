"""`cloudgpu quota`"""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.core import ParameterSource

from cloudgpu.cli.output import at_desk, confirm, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import deps
from cloudgpu.errors import QuotaError, UsageError
from cloudgpu.model import GpuRequest, Origin, QuotaAnswer
from cloudgpu.rules import catalog
from cloudgpu.workflows import quota as work

_YOU = "YOU@EXAMPLE.COM"
_NO_CONTACT = frozenset({"aws"})  # it takes none, and writes to the account's own address


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.option("--provider", help="gcp or aws.")
@click.option("--gpu", help="T4, L4:2, A100-80GB ... Default: the cheapest.")
@click.option("--instance-type", "--machine-type", "instance_type", help="A machine type of the cloud, by its name.")
@click.option("--region", "regions", multiple=True, help="Only here (repeatable).")
@click.option("--spot", is_flag=True, help="What spot machines draw on.")
@click.option("--project", help="Google Cloud project.")
@click.option("--profile", help="AWS profile.")
@click.option(
    "--request", type=click.IntRange(1, 10_000), metavar="N", help="Ask the cloud for limits that allow N GPUs."
)
@click.option("--contact", metavar="EMAIL", help="Whom Google may ask; needed with --request on gcp.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_settings
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    /,
    provider: str | None,
    gpu: str | None,
    instance_type: str | None,
    regions: tuple[str, ...],
    spot: bool,
    project: str | None,
    profile: str | None,
    request: int | None,
    contact: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what your account allows of a GPU, region by region; with --request, ask for more.

    A limit that counts GPUs becomes N; one that counts vCPUs, as on AWS, what machines with N GPUs need together.

    Ends with 0 when the request was granted or is pending, with 3 when it was refused or granted in part.
    """
    from cloudgpu.ui import quota as shown

    origin = _origin(ctx, settings, provider, project, profile)
    again = _command(origin, gpu, instance_type, regions, spot=spot)
    _check_contact(request, contact, again, origin.provider)
    wanted = GpuRequest(catalog.parse_gpu(gpu) if gpu else None, instance_type, regions, spot=spot)
    answers: list[QuotaAnswer] = []
    with at_desk(settings, as_json=as_json) as desk:
        context = deps(desk, origin)
        found = work.allowance(wanted, context)
        facts = (origin.provider, found.account, found.gpu)
        if not as_json:
            click.echo(shown.screen(*facts, spot=found.spot, regions=found.regions))
        if request is not None:
            cloud = work.check_can_raise(found, context)
            short = work.to_raise(found, request, regions)
            if short and not settings.rehearse:
                once_more = f"{again} --request {request}{f' --contact {contact}' if contact else ''}"
                confirm(_question(short, found.account), yes=yes, command=once_more)
            answers = work.ask(short, context, cloud, contact=contact or "")
            if not as_json:
                click.echo(shown.answered(answers) or shown.enough(request, found.regions))
    if as_json:
        print_json(shown.document(*facts, spot=found.spot, regions=found.regions, answers=answers))
    _complain(answers, origin, gpu)


def _origin(
    ctx: click.Context, settings: Settings, provider: str | None, project: str | None, profile: str | None
) -> Origin:
    from cloudgpu.providers import registry

    if provider is None:
        known = registry.names()
        raise UsageError(f"Which cloud? {' or '.join(known)}.", remedy=f"cloudgpu quota --provider {known[-1]}")
    for option, other in (("project", "aws"), ("profile", "gcp")):
        if provider == other and ctx.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{option} means nothing to {other}.",
                remedy=f"cloudgpu quota --provider {other}  # without --{option}",
            )
    return Origin(provider, project, profile, rehearsal=settings.rehearse)


def _command(
    origin: Origin, gpu: str | None, instance_type: str | None, regions: tuple[str, ...], *, spot: bool
) -> str:
    """What was asked for, to be typed again."""
    import shlex

    options = [
        ("--provider", origin.provider),
        ("--gpu", gpu),
        ("--instance-type", instance_type),
        *(("--region", region) for region in regions),
        ("--project", origin.project),
        ("--profile", origin.profile),
    ]
    words = [word for name, value in options if value for word in (name, value)]
    return shlex.join(["cloudgpu", "quota", *words, *(["--spot"] if spot else [])])


def _check_contact(request: int | None, contact: str | None, again: str, provider: str) -> None:
    if request is None or (contact is None and provider in _NO_CONTACT):
        return
    if not contact:
        raise UsageError(
            "The cloud wants an address that it may write to about a request for more.",
            remedy=f"{again} --request {request} --contact {_YOU}",
        )
    name, _, host = contact.partition("@")
    if not name or "." not in host or contact == _YOU:
        raise UsageError(
            f"{contact!r} is nobody's mail address.", remedy=f"{again} --request {request} --contact NAME@DOMAIN"
        )


def _question(short: Sequence[work.Wish], account: str) -> str:
    """Limits that become the same stand together."""
    by_amount: dict[str, list[str]] = {}
    for one in short:
        amount = f"{one.limit:g} {one.quota.unit}".rstrip()
        by_amount.setdefault(amount, []).append(f"{one.quota.name} ({one.quota.scope})")
    parts = [f"{' and '.join(names)} of {account} be raised to {amount}" for amount, names in by_amount.items()]
    return f"Ask that {', and that '.join(parts)}?"


def _complain(answers: list[QuotaAnswer], origin: Origin, gpu: str | None) -> None:
    """QuotaError where not all that was asked for is granted or still being decided on."""
    refused = [one for one in answers if one.state not in ("granted", "pending")]
    if refused:
        one = refused[0]
        raise QuotaError(
            f"The request for {one.name} ({one.scope}) was {one.state}.",
            remedy=f"cloudgpu quota --provider {origin.provider}{f' --gpu {gpu}' if gpu else ''}  "
            "# another region may have it, or grant it",
            details=one.detail,
        )
