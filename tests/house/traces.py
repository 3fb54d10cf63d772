"""What nothing committed may carry: paths of somebody's machine, keys, tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sizes import sources

# Written in pieces, or this file would be the first finding.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.}])/" + r"(?:work|home/[a-z]+|Users/[A-Za-z]+|root)" + r"/[\w.]"),
    "a private key": re.compile("-----BEGIN" + r" [A-Z ]*PRIVATE KEY-----\n"),
    "a key of AWS": re.compile(r"\bAKIA(?!IOSFODNN7EXAMPLE)(?=[A-Z]*[2-7])[A-Z2-7]{16}\b"),
}


def left_behind(root: Path) -> Iterator[str]:
    for path in sources(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for what, pattern in FORBIDDEN.items():
            if found := pattern.search(text):
                yield f"{path.relative_to(root)}:{text[: found.start()].count(chr(10)) + 1}: {what}: {found[0]!r}"
