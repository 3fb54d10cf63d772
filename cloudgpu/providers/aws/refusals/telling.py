"""Codes and words out of what AWS said, or out of what other tools made of it: wrapped, quoted, escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_LONGEST = 20_000  # characters: a refusal is short, and what follows it is somebody's traceback
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
# a code that is spelt like nothing else; one that is announced; one before its words or in brackets
_SPELT = re.compile(r"\b(?:(?:Client|Server)\.)?[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*(?:(?:\.|::)[A-Z][A-Za-z]+)*\b")
_ANNOUNCED = re.compile(r"\bcodes?\b\W{1,6}([A-Za-z][\w.:-]*)", re.IGNORECASE)
_BEFORE_ITS_WORDS = re.compile(r"(?:^|[:>=] ?)([A-Z][a-zA-Z.]+)(?=:| =>)|\(([A-Z][\w.]+)\)")
_STATUS = re.compile(
    r"(?:error|http\w*|status|code|response|exception)\W{0,6}([45]\d\d)\b|^\W*([45]\d\d)\b|\[([45]\d\d)\]"
    r"|\b([45]\d\d) [A-Z]",
    re.IGNORECASE,
)


def folded(code: str) -> str:
    """One spelling for `Client.InvalidGroup.NotFound`, `InvalidGroupNotFound` and `ExpiredTokenException`. An internal
    error keeps the side it is of: the client's is a missing permission."""
    text = re.sub(r"^aws::\w+::errors::", "", code.strip().lower())
    side, dot, rest = text.partition(".")
    if dot and side in ("client", "server") and not rest.startswith("internalerror"):
        text = rest
    return re.sub(r"[^a-z0-9*]", "", text).removesuffix("exception")


def plain(text: str) -> str:
    """The text without escapes, typographic quotes and line breaks."""
    unescaped = re.sub(r"\\[nrt]", " ", html.unescape(text[:_LONGEST])).replace("\\", "")
    return " ".join(unescaped.translate(_QUOTES).split())


def codes_in(text: str) -> Iterator[str]:
    """The codes and HTTP statuses that stand in plain text, folded."""
    for pattern in (_SPELT, _ANNOUNCED, _BEFORE_ITS_WORDS, _STATUS):
        for found in pattern.finditer(text):
            yield folded(next((group for group in found.groups() if group), found.group()))
