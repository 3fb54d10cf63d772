"""A second look at recorded exchanges, by other rules than those that scrubbed them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

_SHOWN = tuple(map(ip_network, ("192.0.2.0/24", "0.0.0.0/32", "35.235.240.0/32", "127.0.0.0/8", "10.0.0.0/8")))
_PATTERNS = {
    "a token": r"ya29\.(?!token\b)|Bearer |eyJ[\w-]{10,}\.",
    "a private key": r"PRIVATE KEY",
    "a public key": r"AAAA[A-Z]\w{20,}",
    "a project's number": r"projects?(?:/|=|%2F)(?!123456789012\b)\d{6,}",
    "an id": r'"id": "(?!123456789012"|1000000000000000001")\d{6,}"',
    "an access key": r"\b(?:AKIA|ASIA|AIDA|AROA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{12,}",
    "an account's number": r"(?<![\d.])(?!123456789012|898082745236|099720109477|0{11}1)\d{12}(?![\d.])",
    "an id of EC2's": r"\b(?:i|r|vpc|subnet|sg|vol|eni|snap)-(?!0123456789abcdef0\b)(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    "an e-mail address": r"[\w.+-]+@(?!example\.com)[\w-]+\.\w+",
}


def leaks(folder: Path, *hidden: str) -> Iterator[str]:
    """`hidden`: words that must not stand in any of the files."""
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        yield from (f"{path.name}: {word}" for word in hidden if word in text)
        for what, pattern in _PATTERNS.items():
            if found := re.search(pattern, text):
                yield f"{path.name}: {what}: {found[0]}"
        for address in re.findall(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text):
            if not any(ip_address(address) in net for net in _SHOWN):
                yield f"{path.name}: an address: {address}"
