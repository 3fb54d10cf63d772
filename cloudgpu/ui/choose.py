"""Which of the displays fits the terminal and the flags."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from cloudgpu.events import Emit
from cloudgpu.ui.plain import Plain


@contextmanager
def emitter(
    *, stream: TextIO, quiet: bool = False, verbose: bool = False, color: bool = True, json: bool = False
) -> Iterator[Emit]:
    """Where to send events. Live on a terminal that can redraw; plain lines in a pipe, with `json`, `verbose` or
    `quiet`. The terminal is left as it was, however the block ends. Whoever watches may go away: nothing is raised."""
    able = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if json or quiet or verbose or not able:
        yield Plain(stream, quiet=quiet, verbose=verbose)
        return
    from cloudgpu.ui.live import Live

    live = Live(stream, color=color)
    try:
        yield live
    finally:
        with suppress(OSError):
            live.close()
