"""`cloudgpu` and `python -m cloudgpu`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from cloudgpu.cli.app import flushed, run

    sys.exit(flushed(run()))


if __name__ == "__main__":
    main()
