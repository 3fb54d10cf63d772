"""Takes out of recorded requests and answers whatever tells whose they were, and whatever is another one each time.
What it puts there instead still fits the discovery document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROJECT, NUMBER, OWNER = "a-project", "123456789012", "somebody"
_KEEP = ("0.0.0.0", "35.235.240.0")  # everybody, and Google's own way in: these are what a test is about
_PATTERNS = tuple(
    (re.compile(pattern), placeholder)
    for pattern, placeholder in (
        (r"ya29\.[\w.-]+", "ya29.token"),
        (r"operation-\d+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+", "operation-1-a-b-c"),
        (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "00000000-0000-4000-8000-000000000001"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "2026-01-01T00:00:00.000-08:00"),
        (r"\bAAAA[\w+/=]{20,}(?: [^\s\"]+)?", "AAAA somebody"),
        (r"[\w.+-]+@[\w.-]+", "somebody@example.com"),
        (r"\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}\b", "2001:db8::1"),
        (rf"(?<!\d)(?!(?:{'|'.join(map(re.escape, _KEEP))})(?!\d))(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\d)", "192.0.2.1"),
        (r"\b\d{15,20}\b", "1000000000000000001"),
        (r"\b(?:1[6-9]|[2-4]\d)\d{8}\b", "1700000000"),
    )
)
_BY_KEY: Mapping[str, object] = {
    "contents": "what the machine wrote",
    "startup-script": "#!/bin/sh",
    "cloudgpu-owner": OWNER,
    "nextPageToken": "token",
    "pageToken": "token",
    "etag": "etag",
    "commonInstanceMetadata": {"kind": "compute#metadata"},
    "defaultServiceAccount": "somebody@example.com",
}


@dataclass(frozen=True, slots=True)
class Scrub:
    """`known`: what is known to be somebody's -> what stands there instead, such as a project's id -> `PROJECT`."""

    known: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        for one in sorted(self.known, key=len, reverse=True):
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", self.known[one], text)
        for pattern, placeholder in _PATTERNS:
            text = pattern.sub(placeholder, text)
        return text

    def value(self, value: Any, key: str = "") -> Any:
        """Of a JSON document, at any depth; `key`: the field that it stands in."""
        if key in _BY_KEY:
            return _BY_KEY[key]
        if key.lower().endswith("fingerprint"):
            return "AAAAAAAAAAA="
        if isinstance(value, dict):
            named = str(value.get("key", "")) if set(value) == {"key", "value"} else ""
            return {self.text(name): self.value(one, named if name == "value" else name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return self.text(value) if isinstance(value, str) else value
