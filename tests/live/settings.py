"""What the person who runs the suite has to say, and may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tests.live.clouds import AMAZON, CLOUDS, GOOGLE, Cloud

LIFETIME = timedelta(minutes=40)
# 100 GB of disk and an address in use, in USD per hour, rounded up: the table's price is the machine's alone.
BESIDES = Decimal("0.03")


class UnsetError(Exception):
    """Something that has to be set is not, or makes no sense."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`account`: the project or profile that pays. `budget` in USD: what the whole run may cost. `cidr`: who may
    connect, where that is not this computer's own address. `power`: switch the machine off and on, too. `exchanges`:
    the folder for what was recorded."""

    cloud: Cloud
    account: str
    budget: Decimal
    cidr: str | None
    power: bool
    exchanges: Path

    @classmethod
    def of(cls, environ: Mapping[str, str], now: datetime) -> Settings:
        """UnsetError, in words that can be shown, where the run must not begin."""
        cloud = _cloud(environ)
        needed = (cloud.account, "CLOUDGPU_LIVE_BUDGET_USD")
        if missing := [name for name in needed if not environ.get(name)]:
            raise UnsetError(
                f"This suite buys a machine on {cloud.title}. To run it, set {' and '.join(missing)}:\n"
                f"  {cloud.example}"
            )
        return cls(
            cloud=cloud,
            account=environ[cloud.account],
            budget=_amount(environ["CLOUDGPU_LIVE_BUDGET_USD"], cloud),
            cidr=environ.get("CLOUDGPU_LIVE_SSH_CIDR") or None,
            power=environ.get("CLOUDGPU_LIVE_STOP") == "1",
            exchanges=Path(environ.get("CLOUDGPU_LIVE_EXCHANGES") or Path(__file__).parent / "exchanges")
            / now.strftime("%Y-%m-%d-%H%M%S"),
        )


def _cloud(environ: Mapping[str, str]) -> Cloud:
    """The one that is named, else the one whose account is set. UnsetError where that could be either."""
    named = environ.get("CLOUDGPU_LIVE_PROVIDER")
    if named:
        if named not in CLOUDS:
            raise UnsetError(f"CLOUDGPU_LIVE_PROVIDER is {named!r}; it can be {' or '.join(CLOUDS)}.")
        return CLOUDS[named]
    amazon, google = environ.get(AMAZON.account), environ.get(GOOGLE.account)
    if amazon and google:
        raise UnsetError(
            f"Both {GOOGLE.account} and {AMAZON.account} are set. Say which cloud to buy on:\n"
            f"  CLOUDGPU_LIVE_PROVIDER=aws CLOUDGPU_LIVE_BUDGET_USD=1 make test-live"
        )
    return AMAZON if amazon else GOOGLE


def _amount(text: str, cloud: Cloud) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise UnsetError(f"CLOUDGPU_LIVE_BUDGET_USD is {text!r}, which is no amount of USD:\n  {cloud.example}")
    return amount


def worst_case(hourly: Decimal) -> Decimal:
    """What a machine of this price costs in USD if nothing removes it before the end of its lifetime."""
    return (hourly + BESIDES) * Decimal(LIFETIME.total_seconds()) / 3600
