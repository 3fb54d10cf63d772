"""The `filter` of a list, of either kind that Compute Engine takes: AIP-160 (comparisons, NOT, AND, OR, parentheses)
or regular expressions. What else the real one may take is refused here in its words."""

from __future__ import annotations

import re

from cloudgpu.rehearsal.gce import patterns
from cloudgpu.rehearsal.gce.comparisons import Predicate, comparison, field
from cloudgpu.rehearsal.gce.errors import invalid

_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<op>!=|<=|>=|[=:<>])"""
    r"""|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s()=:!<>"~]+))"""
)


def parsed(text: str, schema: str) -> Predicate:
    """ApiError 400 for an expression that is not understood, or a field that resources of that schema have not."""
    if not text:
        return lambda _resource: True
    try:
        return patterns.parsed(text, schema) if patterns.is_pattern(text) else _Parser(text, schema).whole()
    except ValueError:
        raise invalid("filter", text, "Invalid list filter expression.") from None


class _Parser:
    """ValueError for what does not belong where it stands."""

    def __init__(self, text: str, schema: str) -> None:
        self.schema = schema
        self.tokens = _tokens(text.rstrip())

    def whole(self) -> Predicate:
        predicate = self._all()
        if self.tokens:
            raise ValueError(self.tokens)
        return predicate

    def _all(self) -> Predicate:
        parts = [self._any()]
        while self.tokens and self.tokens[0][0] != "close":
            if self._word("AND"):
                self.tokens.pop(0)
            parts.append(self._any())
        return parts[0] if len(parts) == 1 else lambda resource: all(part(resource) for part in parts)

    def _any(self) -> Predicate:
        """OR binds more tightly than AND, as AIP-160 has it."""
        parts = [self._one()]
        while self._word("OR"):
            self.tokens.pop(0)
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda resource: any(part(resource) for part in parts)

    def _one(self) -> Predicate:
        if self._word("NOT"):
            self.tokens.pop(0)
            negated = self._one()
            return lambda resource: not negated(resource)
        if self.tokens and self.tokens[0][0] == "open":
            self.tokens.pop(0)
            inner = self._all()
            self._take("close")
            return inner
        name, operator = self._take("word"), self._take("op")
        return comparison(field(name, self.schema), operator, self._take("word", "quoted"))

    def _word(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("word", word)

    def _take(self, *kinds: str) -> str:
        if not self.tokens or self.tokens[0][0] not in kinds:
            raise ValueError(kinds)
        return self.tokens.pop(0)[1]


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(text)
        kind = str(match.lastgroup)
        value = match[kind]
        found.append((kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value))
        at = match.end()
    return found
