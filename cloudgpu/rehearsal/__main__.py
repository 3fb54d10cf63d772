"""`python -m cloudgpu.rehearsal`: the daemon in the foreground. Its log goes to standard error."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from cloudgpu.errors import CloudgpuError
from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.daemon import AlreadyRunning, serve
from cloudgpu.rehearsal.files import ALREADY_RUNNING, Running


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cloudgpu.rehearsal", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder for the ledger, the log and the guests")
    parser.add_argument("--gce-port", type=int, default=0)
    parser.add_argument("--aws-port", type=int, default=0)
    parser.add_argument("--guests", choices=("process", "machine"), default="process")
    parser.add_argument("--warm", action="store_true", help="make the Python environment at once")
    for name in Clock.__slots__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=getattr(Clock(), name))
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    clock = Clock(**{name: getattr(given, name) for name in Clock.__slots__})
    ports = {"gce_port": given.gce_port, "aws_port": given.aws_port}
    try:
        serve(given.home, **ports, clock=clock, warm=given.warm, guests=given.guests, ready=_tell)
    except CloudgpuError as error:
        sys.stderr.write(f"{error.brief} {error.details}\n{error.remedy}\n")
        return ALREADY_RUNNING if isinstance(error, AlreadyRunning) else error.exit_code
    return 0


def _tell(found: Running) -> None:
    sys.stdout.write(f"gce {found.gce_endpoint}\naws {found.aws_endpoint}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    os._exit(status)  # requests that are held by a fault, or an environment that is being made, keep nobody here
