"""The options of `launch`, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any, TypeVar

import click

from cloudgpu.errors import UsageError
from cloudgpu.model import Container, GpuRequest, Limits, Network, Plan
from cloudgpu.rules import catalog, duration
from cloudgpu.workflows.own_script import read_own_script

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--provider", help="gcp or aws."),
    click.option("--gpu", help="T4, L4:2, A100-80GB ... Default: the cheapest single GPU that the quota allows."),
    click.option(
        "--instance-type", "--machine-type", "instance_type", help="A machine type of the cloud, by its name."
    ),
    click.option("--region", "regions", multiple=True, help="Only here (repeatable)."),
    click.option("--zone", "zones", multiple=True, help="Only here (repeatable)."),
    click.option("--project", help="Google Cloud project."),
    click.option("--profile", help="AWS profile."),
    click.option("--spot", is_flag=True, help="Cheaper, and may be taken away at any time."),
    click.option("--max-price", metavar="USD", help="Per hour."),
    click.option("--disk-size", type=click.IntRange(10, 16_000), default=100, show_default=True, metavar="GB"),
    click.option("--image", default=catalog.DEFAULT_IMAGE, show_default=True, help="Image reference or short name."),
    click.option(
        "--machine-image",
        type=click.Choice(["gpu", "ubuntu"]),
        default="gpu",
        show_default=True,
        help="With NVIDIA's driver in it, or plain Ubuntu, which gets it at the first boot.",
    ),
    click.option("--port", type=click.IntRange(1024, 65_535), default=8888, show_default=True, help="Jupyter's port."),
    click.option("--max-lifetime", metavar="DURATION", help="The cloud removes it after this time, e.g. 8h."),
    click.option("--budget", metavar="USD", help="The cloud removes it when the machine has cost this much."),
    click.option("--network", help="The cloud's network for it. Default: the usual one."),
    click.option("--subnet", help="The subnetwork for it, in the region of the machine."),
    click.option(
        "--startup-script",
        type=click.Path(exists=True, dir_okay=False),
        help="Runs on the machine as root once ours is through, before the container.",
    ),
    click.option("--wait-for-capacity", metavar="DURATION", help="Go on asking for so long when all is out of stock."),
    click.option("--ssh-cidr", metavar="CIDR", help="Who may connect. Default: this computer's address /32."),
    click.option("--tunnel", is_flag=True, help="Go straight on to the tunnel."),
    click.option("--open", is_flag=True, help="With --tunnel: open the browser."),
    click.option("--dry-run", is_flag=True, help="Show what would be done, and buy nothing."),
    click.option("--yes", is_flag=True, help="Do not ask."),
    click.option("--json", is_flag=True, help="One JSON document on stdout."),
)


def all_of_them(function: F) -> F:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as given; nothing is checked yet but what click checks."""

    provider: str | None
    gpu: str | None
    instance_type: str | None
    regions: tuple[str, ...]
    zones: tuple[str, ...]
    project: str | None
    profile: str | None
    spot: bool
    max_price: str | None
    disk_size: int
    image: str
    machine_image: str
    port: int
    max_lifetime: str | None
    budget: str | None
    network: str | None
    subnet: str | None
    startup_script: str | None
    wait_for_capacity: str | None
    ssh_cidr: str | None
    tunnel: bool
    open: bool
    dry_run: bool
    yes: bool
    json: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Wanted:
        """UsageError for what no cloud needs to be asked about."""
        wanted = cls(**given)
        wanted.request(), wanted.limits(), wanted.patience(), wanted.own_script()
        if wanted.ssh_cidr is not None:
            check_cidr(wanted.ssh_cidr)
        if wanted.open and not wanted.tunnel:
            raise UsageError("--open needs a tunnel to open the browser on.", remedy="cloudgpu launch --tunnel --open")
        return wanted

    def request(self) -> GpuRequest:
        gpu = catalog.parse_gpu(self.gpu) if self.gpu else None
        price = _money(self.max_price, "a price in USD per hour", "--max-price 1.20") if self.max_price else None
        return GpuRequest(gpu, self.instance_type, self.regions, self.zones, self.spot, price)

    def container(self, image: str) -> Container:
        return Container(image, self.port)

    def limits(self) -> Limits:
        budget = _money(self.budget, "an amount of USD", "--budget 10") if self.budget else None
        return Limits(duration.parse(self.max_lifetime) if self.max_lifetime else None, budget)

    def own_script(self) -> bytes:
        return read_own_script(self.startup_script)

    def place(self) -> Network:
        return Network(self.network, self.subnet)

    def patience(self) -> timedelta | None:
        return duration.parse(self.wait_for_capacity) if self.wait_for_capacity else None


def show_plan(ctx: click.Context, made: Plan, *, as_json: bool) -> None:
    """The plan, and where each value that is not the default came from."""
    from click.core import ParameterSource

    from cloudgpu.cli.output import print_json
    from cloudgpu.ui import documents, summary

    words = {
        ParameterSource.COMMANDLINE: "flag",
        ParameterSource.ENVIRONMENT: "environment",
        ParameterSource.DEFAULT_MAP: "file",
    }
    sources = {
        option.opts[0].removeprefix("--"): words[source]
        for option in ctx.command.params
        if isinstance(option, click.Option)
        and (source := ctx.get_parameter_source(option.name or "")) in words
        and option.name not in ("dry_run", "json")
    }
    if as_json:
        print_json(documents.plan(made, sources))
    else:
        click.echo(summary.planned(made, sources))


def _money(text: str, what: str, example: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise UsageError(f"{text!r} is not {what}.", remedy=f"cloudgpu launch {example}")
    return amount


def check_cidr(text: str) -> None:
    """UsageError for what is no address range, and for one that is everybody."""
    try:
        network = ip_network(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not an address range: {error}.", remedy="cloudgpu launch --ssh-cidr 203.0.113.7/32"
        ) from error
    if network.prefixlen == 0:
        raise UsageError(f"{text} would let the whole world knock.", remedy="cloudgpu launch --ssh-cidr 203.0.113.7/32")
