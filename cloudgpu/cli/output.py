"""Where results and events go: one document on stdout for `--json`, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cloudgpu.cli.settings import Settings
from cloudgpu.cli.wiring import Desk, desk


@contextmanager
def at_desk(settings: Settings, *, as_json: bool = False) -> Iterator[Desk]:
    """The state folder, with events shown on stderr the way that fits the terminal and the flags."""
    from cloudgpu.ui.choose import emitter

    shown = emitter(
        stream=sys.stderr, quiet=settings.quiet, verbose=settings.verbose, color=settings.color, json=as_json
    )
    with shown as emit, desk(emit) as opened:
        yield opened


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2))
    sys.stdout.flush()


def at_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, yes: bool, command: str) -> None:
    """Ask on a terminal; without one UsageError unless `--yes` was given. Exit with 1 for a no."""
    if yes:
        return
    if not at_terminal():
        from cloudgpu.errors import UsageError

        raise UsageError(f"{question} Nobody is there to say yes.", remedy=f"{command} --yes")
    if not click.confirm(question, err=True):
        click.echo("Nothing was done.", err=True)
        raise click.exceptions.Exit(1)
