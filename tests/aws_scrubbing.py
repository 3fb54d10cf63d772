"""Takes out of what went to AWS and came from there whose it was, and whatever is another one each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.scrubbing import NUMBER, OWNER, Scrub

# Whose images everybody uses: Amazon's for deep learning, Canonical's.
PUBLIC_OWNERS = ("898082745236", "099720109477")
KINDS = (
    *("i", "r", "vpc", "subnet", "sg", "sgr", "vol", "eni", "eni-attach", "snap", "igw", "acl", "rtb", "dopt", "sir"),
    *("lt", "fleet", "eipalloc", "eipassoc", "vpc-cidr-assoc"),
)
KEY = "AKIAIOSFODNN7EXAMPLE"
_SOMETHING = "0123456789abcdef0"  # as in AWS's own examples
_PATTERNS = tuple(
    (re.compile(pattern), placeholder)
    for pattern, placeholder in (
        (rf"\b({'|'.join(KINDS)})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})\b", rf"\1-{_SOMETHING}"),
        (rf"(?<![\d.])(?!{'|'.join((*PUBLIC_OWNERS, NUMBER))})\d{{12}}(?![\d.])", NUMBER),
        (r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}(?::[\w.@=+-]+)?", KEY),
        (r"(arn:aws:(?:iam|sts)::\d{12}:)[^\s<\"]+", rf"\1user/{OWNER}"),
        (r"\b(ec2|ip)-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b", r"\1-192-0-2-1"),
        (r"\bcloudgpu-[0-9a-f]{48}\b", "cloudgpu-token"),
        (r"(?i)(encoded authorization failure message: )[\w-]+", r"\1encoded"),
        (r"(<nextToken>)[^<]+", r"\1token"),
        (r"(<output>)[^<]+", r"\1d2hhdCB0aGUgbWFjaGluZSB3cm90ZQ=="),
        (r"(<key>cloudgpu-owner</key>\s*<value>)[^<]+", rf"\1{OWNER}"),
    )
)


@dataclass(frozen=True, slots=True)
class AwsScrub:
    """`known` as for `Scrub`, which does the rest: addresses, keys, times."""

    known: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        for pattern, placeholder in _PATTERNS:
            text = pattern.sub(placeholder, text)
        return Scrub(self.known).text(text)

    def value(self, value: object) -> object:
        """Of a JSON document, at any depth."""
        if isinstance(value, dict):
            return {self.text(name): self.value(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def form(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Of a request to a query API: names of parameters stay, what they hold is scrubbed."""
        secret = {"UserData": "#cloud-config"}
        secret |= {
            f"{name.removesuffix('.Key')}.Value": OWNER
            for name, value in fields.items()
            if name.endswith(".Key") and value == "cloudgpu-owner"
        }
        return {name: secret.get(name) or self.text(value) for name, value in fields.items()}
