"""Codes and words out of text that other tools have quoted, wrapped and escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_LONGEST = 20_000  # characters: a refusal is short, and what follows it is somebody's traceback
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
# a code that is spelt like nothing else, one that is announced, one that ends a line of Google's client for Go
_SPELT = re.compile(r"\b(?:[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+)\b")
_ANNOUNCED = re.compile(r"\b(?:code|reason|status)\b\W{1,5}(\w+)", re.IGNORECASE)
_ENDING = re.compile(r", ([a-z][A-Za-z]+)\W*$")
_STATUS = re.compile(
    r"(?:error|http\w*|status|code|response|exception)\W{0,6}([45]\d\d)\b|^\W*([45]\d\d)\b|\[([45]\d\d)\]"
    r"|\b([45]\d\d) [A-Z]",
    re.IGNORECASE,
)
_GRPC = {
    "3": "INVALID_ARGUMENT",
    "4": "DEADLINE_EXCEEDED",
    "5": "NOT_FOUND",
    "6": "ALREADY_EXISTS",
    "7": "PERMISSION_DENIED",
    "8": "RESOURCE_EXHAUSTED",
    "9": "FAILED_PRECONDITION",
    "10": "ABORTED",
    "13": "INTERNAL",
    "14": "UNAVAILABLE",
    "16": "UNAUTHENTICATED",
}


def folded(code: str) -> str:
    """One spelling for `quotaExceeded`, `QUOTA_EXCEEDED` and Batch's `CODE_GCE_QUOTA_EXCEEDED`; gRPC's numbers become
    its names."""
    text = code.strip().removeprefix("CODE_GCE_")
    return re.sub(r"[^a-z0-9]", "", _GRPC.get(text, text).lower())


def plain(text: str) -> str:
    """The text without escapes, typographic quotes and line breaks."""
    unescaped = re.sub(r"\\[nrt]", " ", html.unescape(text[:_LONGEST])).replace("\\", "")
    return " ".join(unescaped.translate(_QUOTES).split())


def codes_in(text: str) -> Iterator[str]:
    """The codes and statuses that stand in plain text, folded."""
    for pattern in (_SPELT, _ANNOUNCED, _ENDING, _STATUS):
        for found in pattern.finditer(text):
            yield folded(next((group for group in found.groups() if group), found.group()))
