"""What the steps have in common: each thing is done once, by the first step that needs it, and removed at the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest

from tests.live.customer import Customer
from tests.live.settings import LIFETIME, Settings, worst_case
from tests.live.sweep import removal

MINUTES = LIFETIME // timedelta(minutes=1)
_LAUNCH_SECONDS = 1500.0


class Road:
    """A launch passes `plan` first, whichever steps were chosen to run. `begun`: there may be something to remove.
    `door`: the options that say who may connect."""

    def __init__(self, settings: Settings, customer: Customer) -> None:
        self.settings, self.customer = settings, customer
        self.begun = False
        self.door = ("--ssh-cidr", settings.cidr) if settings.cidr else ()
        self._order = (
            customer.name, *settings.cloud.as_spot, "--yes", *self.door,
            "--max-lifetime", f"{MINUTES}m", "--budget", str(settings.budget),
        )  # fmt: skip

    @cached_property
    def plan(self) -> Any:
        """What would be bought. The test fails where the dearest of it could cost more than the budget."""
        plan = self.customer.json("launch", *self._order, "--dry-run")
        prices = [offer["price_per_hour"] for offer in plan["offers"]]
        if self.settings.cloud.floats:
            regions = {offer["region"] for offer in plan["offers"]}
            on_demand = self.customer.json("offers", *self.settings.cloud.wanted, *_each("--region", regions))
            prices += [offer["price_per_hour"] for offer in on_demand]
        if None in prices:
            pytest.fail("The plan has an offer without a known price: nothing is bought.", pytrace=False)
        most = worst_case(max(map(Decimal, prices)))
        if most >= self.settings.budget:
            pytest.fail(
                f"{most:.2f} USD is what {MINUTES} minutes can cost, and "
                f"CLOUDGPU_LIVE_BUDGET_USD is {self.settings.budget}: nothing is bought.",
                pytrace=False,
            )
        return plan

    @cached_property
    def launched(self) -> Any:
        """The machine's document, as `launch` gives it."""
        assert self.plan["offers"]
        self.begun = True
        made = self.customer.json("launch", *self._order, within=_LAUNCH_SECONDS)
        self.customer.launch_ids.add(made["launch_id"])
        return made

    @cached_property
    def tunnel(self) -> Any:
        assert self.launched
        return self.customer.json("tunnel", self.customer.name, "--background")

    def left(self) -> list[str]:
        """What the account still has of it, one line each."""
        found = self.customer.sweep()
        if found["others"]:
            print(f"{found['others']} machine(s) of other launches are in this account; they are left alone.")
        lines: list[str] = found["left"]
        return lines

    def nothing_left(self) -> bool:
        """Whether that was all; then there is nothing to clean up any more."""
        self.begun = bool(self.left())
        return not self.begun

    def clean_up(self) -> None:
        """Whatever happened: remove it and look. By name, because `ps --refresh` takes up the machines of others."""
        if not self.begun:
            return
        by_hand = f"CLOUDGPU_HOME={self.customer.home} cloudgpu destroy {self.customer.name} --yes"
        print(f"\nCleaning up. Should that be cut off: {by_hand}")
        try:
            self.customer.run("tunnel", "--stop")
            self.customer.run("destroy", self.customer.name, "--yes", within=600)
        finally:
            left = self.left()
        if left:
            commands = "\n  ".join(removal(line, self.settings) for line in left)
            pytest.fail(
                f"STILL THERE, and billed until the machine's lifetime of {MINUTES} minutes ends. {by_hand}\n"
                f"and where that does not help:\n  {commands}",
                pytrace=False,
            )


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [part for value in sorted(values) for part in (option, value)]
