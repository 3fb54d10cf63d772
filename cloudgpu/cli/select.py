"""Which instance is meant when the name is left out."""

from __future__ import annotations

import sys

import click

from cloudgpu.errors import NotFoundError, UsageError
from cloudgpu.model import Record
from cloudgpu.protocols import Store
from cloudgpu.rules.suggest import did_you_mean


def one(name: str | None, store: Store, *, command: str) -> Record:
    """The record of `name`; without a name the only one there is, else a choice on a terminal, else UsageError."""
    records = {record.name: record for record in store.records()}
    if name is not None:
        return _named(name, records)
    if not records:
        raise NotFoundError("There is no instance.", remedy="cloudgpu launch --provider gcp")
    if len(records) == 1:
        return next(iter(records.values()))
    if sys.stdin.isatty() and sys.stderr.isatty():
        chosen = click.prompt("Which one", type=click.Choice(list(records)), err=True)
        return records[chosen]
    raise UsageError(
        f"There are {len(records)} instances: {', '.join(records)}.", remedy=f"cloudgpu {command} {next(iter(records))}"
    )


def _named(name: str, records: dict[str, Record]) -> Record:
    if name not in records:
        hint = did_you_mean(name, records)
        raise NotFoundError(
            f"No instance named {name} is known on this computer.{' ' + hint if hint else ''}",
            remedy="cloudgpu ps --refresh  # looks in the clouds as well",
        )
    return records[name]
