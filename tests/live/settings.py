"""What the person who runs the suite has to say, and may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

LIFETIME = timedelta(minutes=40)
# 100 GB of pd-balanced and an address in use, in USD per hour, rounded up: the table's price is the machine's alone.
BESIDES = Decimal("0.03")
EXAMPLE = "GOOGLE_CLOUD_PROJECT=my-project CLOUDGPU_LIVE_BUDGET_USD=1 make test-live"


class UnsetError(Exception):
    """Something that has to be set is not, or makes no sense."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`budget` in USD: what the whole run may cost. `cidr`: who may connect, where that is not this computer's own
    address. `power`: switch the machine off and on, too. `exchanges`: the folder for what was recorded."""

    project: str
    budget: Decimal
    cidr: str | None
    power: bool
    exchanges: Path

    @classmethod
    def of(cls, environ: Mapping[str, str], now: datetime) -> Settings:
        """UnsetError, in words that can be shown, where the run must not begin."""
        needed = ("GOOGLE_CLOUD_PROJECT", "CLOUDGPU_LIVE_BUDGET_USD")
        if missing := [name for name in needed if not environ.get(name)]:
            raise UnsetError(
                f"This suite buys a machine on Google Cloud. To run it, set {' and '.join(missing)}:\n  {EXAMPLE}"
            )
        return cls(
            project=environ["GOOGLE_CLOUD_PROJECT"],
            budget=_amount(environ["CLOUDGPU_LIVE_BUDGET_USD"]),
            cidr=environ.get("CLOUDGPU_LIVE_SSH_CIDR") or None,
            power=environ.get("CLOUDGPU_LIVE_STOP") == "1",
            exchanges=Path(environ.get("CLOUDGPU_LIVE_EXCHANGES") or Path(__file__).parent / "exchanges")
            / now.strftime("%Y-%m-%d-%H%M%S"),
        )


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise UnsetError(f"CLOUDGPU_LIVE_BUDGET_USD is {text!r}, which is no amount of USD:\n  {EXAMPLE}")
    return amount


def worst_case(hourly: Decimal) -> Decimal:
    """What a machine of this price costs in USD if nothing removes it before the end of its lifetime."""
    return (hourly + BESIDES) * Decimal(LIFETIME.total_seconds()) / 3600
