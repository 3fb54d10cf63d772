"""`python -m tests.live [PYTEST ARGUMENTS]`: the only way to run the suite."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

import pytest

from tests.live.settings import Settings, UnsetError

# No limit by pytest: each command has its own, and some limits end the process without cleaning up.
_OPTIONS = ("--live", "--exitfirst", "--capture=no", "--verbose", "--timeout=0", "-p", "no:cacheprovider")


def main(args: Sequence[str]) -> int:
    """pytest's exit status; 2 where something has to be set first."""
    try:
        Settings.of(os.environ, datetime.now(timezone.utc))
    except UnsetError as unset:
        print(unset, file=sys.stderr)
        return 2
    for name in ("SIGTERM", "SIGHUP"):  # as Ctrl-C, after which pytest still cleans up
        if number := getattr(signal, name, None):
            signal.signal(number, _interrupt)
    return int(pytest.main([str(Path(__file__).parent), *_OPTIONS, *args]))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
