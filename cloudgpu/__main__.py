"""`cloudgpu` and `python -m cloudgpu`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from cloudgpu.cli.app import run

    status = run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # whoever read it has gone; Python would make that the exit status
            from cloudgpu.ui.text import let_go

            let_go(stream)
    sys.exit(status)


if __name__ == "__main__":
    main()
