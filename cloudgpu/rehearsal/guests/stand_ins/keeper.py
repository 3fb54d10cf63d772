"""The lifeline: ends every process of every guest when the daemon is gone, however it went.

It reads from a pipe that the daemon alone holds open: `+GROUP` and `-GROUP` lines for the process groups that the
daemon started. The end of the pipe is the end of the daemon.
"""

from __future__ import annotations

import signal
import sys

from .processes import kill_group, kill_marked


def main(argv: list[str]) -> int:
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        (groups.add if change == "+" else groups.discard)(group)
    for group in groups:
        kill_group(group)
    return 0 if kill_marked(argv[0]) else 1
