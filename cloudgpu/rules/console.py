"""A console of which the cloud keeps only the end: what of it is new."""

from __future__ import annotations

_MARK = 256  # characters that are enough to know a place again


def news(before: str, now: str) -> str:
    """What `now` has that `before` did not have. All of `now` where nothing of `before` is left in it."""
    if now.startswith(before):
        return now[len(before) :]
    mark = before[-_MARK:]
    at = now.rfind(mark)
    return now if at < 0 else now[at + len(mark) :]
