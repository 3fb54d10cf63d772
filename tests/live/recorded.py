"""`python -m tests.live.recorded MODULE ARGS`: runs a module as `python -m` does, and writes down what it asked its
cloud.

CLOUDGPU_LIVE_CLOUD: which one. CLOUDGPU_LIVE_RECORD: the file for it. CLOUDGPU_LIVE_HIDE: a JSON object of what is to
be hidden, and by what.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests import aws_exchanges, exchanges
from tests.exchanges import Exchange
from tests.scrubbing import NUMBER, Scrub

# Where Google names a project by its number, which nobody knows beforehand, and the id of a launch.
_NUMBER = re.compile(r"\bprojects?(?:/|=|%2F| |: ?)'?(\d{6,})|\"id\": \"(\d{6,14})\"", re.IGNORECASE)
_LAUNCH = re.compile(r"\bc[0-9a-f]{10}\b")


def learned(taken: Sequence[Exchange]) -> list[Exchange]:
    """The same, without the numbers of projects and the ids of launches that stand in them."""
    text = json.dumps([asdict(one) for one in taken])
    numbers = dict.fromkeys((one for found in _NUMBER.findall(text) for one in found if one), NUMBER)
    launches = dict.fromkeys(_LAUNCH.findall(text), "c0123456789")
    scrub = Scrub(numbers | launches)
    return [Exchange(**scrub.value(asdict(one))) for one in taken]


def main() -> None:
    """Leaves with the module's own exit status."""
    path = Path(os.environ.pop("CLOUDGPU_LIVE_RECORD"))
    hidden = json.loads(os.environ.pop("CLOUDGPU_LIVE_HIDE"))
    amazon = os.environ.pop("CLOUDGPU_LIVE_CLOUD") == "aws"
    redirected = os.environ.get("AWS_ENDPOINT_URL" if amazon else "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE")
    source = "emulator" if redirected else "real"
    del sys.argv[0]
    with aws_exchanges.recording(hidden) if amazon else exchanges.recording(hidden) as recorder:
        try:
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        finally:
            if recorder.exchanges and amazon:
                aws_exchanges.write(path, learned(recorder.exchanges), source=source)
            elif recorder.exchanges:
                exchanges.write(path, learned(recorder.exchanges), source=source)


if __name__ == "__main__":
    main()
