"""`cloudgpu offers`"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click
from click.core import ParameterSource

from cloudgpu.cli.output import at_desk, print_json
from cloudgpu.cli.settings import Settings, pass_settings
from cloudgpu.cli.wiring import Desk, deps
from cloudgpu.errors import ProviderError, UsageError
from cloudgpu.model import GpuRequest, Origin
from cloudgpu.rules import catalog
from cloudgpu.rules.choose import by_price
from cloudgpu.workflows.offers import OnSale, offers

_NEIGHBOURS = (("project", "aws"), ("profile", "gcp"))


@click.command(context_settings={"auto_envvar_prefix": "CLOUDGPU"})
@click.option("--provider", help="gcp or aws. Default: both.")
@click.option("--gpu", help="T4, L4:2, A100-80GB ... Default: all of them.")
@click.option("--instance-type", "--machine-type", "instance_type", help="A machine type of the cloud, by its name.")
@click.option("--region", "regions", multiple=True, help="Only here (repeatable).")
@click.option("--project", help="Google Cloud project.")
@click.option("--profile", help="AWS profile.")
@click.option("--spot", is_flag=True, help="Cheaper, and may be taken away at any time.")
@click.option("--max-price", metavar="USD", help="Per hour.")
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
    project: str | None,
    profile: str | None,
    spot: bool,
    max_price: str | None,
    as_json: bool,
) -> None:
    """Show what can be bought: price, memory, zones, and how many of it your quotas allow. Buys nothing."""
    from datetime import datetime, timezone

    from cloudgpu.providers import registry
    from cloudgpu.ui import offers as shown

    wanted = catalog.parse_gpu(gpu) if gpu else None
    request = GpuRequest(wanted, instance_type, regions, spot=spot, max_hourly=_price(max_price))
    for option, other in _NEIGHBOURS:
        if provider == other and ctx.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{option} means nothing to {other}.",
                remedy=f"cloudgpu offers --provider {other}  # without --{option}",
            )
    asked = [provider] if provider else registry.names()
    origins = [Origin(name, project, profile, rehearsal=settings.rehearse) for name in asked]
    with at_desk(settings, as_json=as_json) as desk:
        found = sorted(_found(request, origins, desk), key=lambda one: by_price(one.offer))
    rows = [(one.offer, one.zones, one.left, one.quota) for one in found]
    if as_json:
        print_json([shown.document(*row) for row in rows])
    else:
        everything = gpu is None and instance_type is None
        click.echo(shown.screen(rows, now=datetime.now(timezone.utc), everything=everything))


def _found(request: GpuRequest, origins: list[Origin], desk: Desk) -> list[OnSale]:
    """Of all clouds that can be asked. Where none can, what the first of them said is raised."""
    from cloudgpu.events import Note

    found: list[OnSale] = []
    refused: list[ProviderError | UsageError] = []
    for origin in origins:
        try:
            found += offers(request, deps(desk, origin))
        except (ProviderError, UsageError) as error:
            refused.append(error)
            if len(origins) > 1:
                desk.emit(Note(f"{origin.provider} was left out: {error.brief}"))
    if len(refused) == len(origins):
        raise refused[0]
    return found


def _price(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal(0)
    if not usd.is_finite() or usd <= 0:
        raise UsageError(f"{text!r} is not a price in USD per hour.", remedy="cloudgpu offers --max-price 1.20")
    return usd
