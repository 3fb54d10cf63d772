"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean T4?`, or the empty string where nothing known is near."""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_folded, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(by_folded[name] for name in near)}?" if near else ""
