"""`python -m cloudgpu.rehearsal.guests.machines --needs | --build`."""

from __future__ import annotations

import argparse
import sys

from cloudgpu.errors import CloudgpuError
from cloudgpu.rehearsal.guests.machines import needs


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cloudgpu.rehearsal.guests.machines", description=__doc__)
    parser.add_argument("--needs", action="store_true", help="print the Debian packages that machine guests need")
    parser.add_argument("--build", action="store_true", help="build what machines are made of, for the first start")
    given = parser.parse_args()
    if given.needs:
        sys.stdout.write(" ".join(needs.PACKAGES) + "\n")
    if given.build:
        from cloudgpu.rehearsal.guests.machines.guests import build

        try:
            needs.check()
            sys.stdout.write("\n".join(map(str, build())) + "\n")
        except CloudgpuError as error:
            sys.stderr.write(f"{error.brief}\n{error.details}\n{error.remedy}\n")
            return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
