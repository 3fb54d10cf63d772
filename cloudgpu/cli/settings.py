"""What the options before the command say; shared by every command."""

from __future__ import annotations

import click


class Settings:
    """`rehearse`: the embedded clouds stand in for the real ones."""

    def __init__(self) -> None:
        self.rehearse = False
        self.verbose = False
        self.quiet = False
        self.color = True


pass_settings = click.make_pass_decorator(Settings)
