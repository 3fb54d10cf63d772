"""The `filter` of a list: comparisons of AIP-160 (`=`, `!=`, `:`), NOT, AND, OR and parentheses. What else the real
Compute Engine may take is refused here in its words."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import Any

from cloudgpu.rehearsal.gce.discovery import Schema, document
from cloudgpu.rehearsal.gce.errors import ApiError, invalid

Predicate = Callable[[dict[str, Any]], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<op>!=|=|:)|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s()=:!<>"~]+))"""
)


def parsed(text: str, schema: str) -> Predicate:
    """ApiError 400 for an expression that is not understood, or a field that resources of that schema have not."""
    return _Parser(text, schema).whole() if text else lambda _resource: True


class _Parser:
    def __init__(self, text: str, schema: str) -> None:
        self.text, self.schema = text, schema
        self.tokens = list(self._tokens())

    def _refused(self) -> ApiError:
        return invalid("filter", self.text, "Invalid list filter expression.")

    def _tokens(self) -> list[tuple[str, str]]:
        found, at = [], 0
        text = self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._refused()
            kind = str(match.lastgroup)
            value = match[kind]
            found.append((kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value))
            at = match.end()
        return found

    def whole(self) -> Predicate:
        predicate = self._all()
        if self.tokens:
            raise self._refused()
        return predicate

    def _all(self) -> Predicate:
        parts = [self._any()]
        while self.tokens and self.tokens[0][0] != "close":
            if self._word("AND"):
                self.tokens.pop(0)
            parts.append(self._any())
        return lambda resource: all(part(resource) for part in parts)

    def _any(self) -> Predicate:
        """OR binds more tightly than AND, as AIP-160 has it."""
        parts = [self._one()]
        while self._word("OR"):
            self.tokens.pop(0)
            parts.append(self._one())
        return lambda resource: any(part(resource) for part in parts)

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
        field, operator = self._take("word"), self._take("op")
        value = self._take("word", "quoted")
        path = self._path(field)
        return _comparison(path, operator, value)

    def _word(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("word", word)

    def _take(self, *kinds: str) -> str:
        if not self.tokens or self.tokens[0][0] not in kinds:
            raise self._refused()
        return self.tokens.pop(0)[1]

    def _path(self, field: str) -> list[str]:
        """The steps to a single value; a list on the way cannot be filtered on."""
        steps, schema = field.split("."), document().schemas[self.schema]
        for step in steps:
            inner: Schema | None = schema.get("properties", {}).get(step) or schema.get("additionalProperties")
            if inner is None:
                raise self._refused()
            schema = document().resolved(inner)
        if schema.get("type") in ("array", "object"):
            raise self._refused()
        return steps


def _comparison(path: list[str], operator: str, wanted: str) -> Predicate:
    def compare(resource: dict[str, Any]) -> bool:
        value: Any = resource
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        if operator == ":" and wanted == "*":
            return text is not None
        pattern = wanted if operator != ":" or "*" in wanted else f"*{wanted}*"
        same = text is not None and (
            text == wanted or ("*" in pattern and fnmatch.fnmatchcase(text, _literal(pattern)))
        )
        return same != (operator == "!=")

    return compare


def _literal(pattern: str) -> str:
    """Only `*` is a wildcard."""
    return "".join(f"[{one}]" if one in "?[" else one for one in pattern)
