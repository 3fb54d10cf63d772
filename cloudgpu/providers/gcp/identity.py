"""Whether a machine needs an identity to pull its container image, and the least one that does."""

from __future__ import annotations

import re

# a read of the storage that artifacts lie in: what Artifact Registry asks of a machine that pulls
_PULL = "https://www.googleapis.com/auth/devstorage.read_only"
_OURS = re.compile(r"(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io)/([^/]+)/")
_PUBLIC = frozenset({"deeplearning-platform-release"})


def scopes(image: str) -> list[str]:
    """The scopes of the machine's service account; none where it needs no account."""
    found = _OURS.match(image)
    return [_PULL] if found and found[1] not in _PUBLIC else []
