"""The patterns that the values of filters are."""

from __future__ import annotations

import re


def pattern(text: str) -> re.Pattern[str]:
    """`*` any text, `?` any one character, a backslash takes the meaning from what follows."""
    signs = {"*": ".*", "?": "."}
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return re.compile(
        "".join(signs.get(part) or re.escape(part.removeprefix("\\") or "\\") for part in parts), re.DOTALL
    )
