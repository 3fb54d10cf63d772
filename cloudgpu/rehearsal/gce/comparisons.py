"""One field of a resource, and one condition on it. ValueError, without words, for what is none: the filter that it
stands in has them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudgpu.rehearsal.gce.discovery import Schema, document

Predicate = Callable[[dict[str, Any]], bool]
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A single value: `labels.team` is one, a list is none."""

    steps: tuple[str, ...]
    schema: Schema

    def value(self, resource: dict[str, Any]) -> Any:
        """None where the resource does not have it."""
        value: Any = resource
        for step in self.steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def text(self, resource: dict[str, Any]) -> str | None:
        value = self.value(resource)
        return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def field(path: str, schema: str) -> Field:
    """Of resources of that schema; a list on the way cannot be filtered on."""
    steps, found = tuple(path.split(".")), document().schemas[schema]
    for step in steps:
        inner: Schema | None = found.get("properties", {}).get(step) or found.get("additionalProperties")
        if inner is None:
            raise ValueError(path)
        found = document().resolved(inner)
    if found.get("type") in ("array", "object"):
        raise ValueError(path)
    return Field(steps, found)


def comparison(of: Field, operator: str, wanted: str) -> Predicate:
    """`=` and `!=` take `*` for any characters, `:` finds a part, `:*` whether it is there; the others order numbers
    and timestamps."""
    if operator in _ORDERED:
        return _ordered(of, operator, wanted)
    if operator == ":" and wanted == "*":
        return lambda resource: of.value(resource) is not None
    pattern = wanted if operator != ":" or "*" in wanted else f"*{wanted}*"
    fits = re.compile(fnmatch.translate(_literal(pattern))).match

    def same(resource: dict[str, Any]) -> bool:
        text = of.text(resource)
        return text is not None and (text == wanted or ("*" in pattern and fits(text) is not None))

    return (lambda resource: not same(resource)) if operator == "!=" else same


def _literal(pattern: str) -> str:
    """Only `*` is a wildcard."""
    return "".join(f"[{one}]" if one in "?[" else one for one in pattern)


def _ordered(of: Field, operator: str, wanted: str) -> Predicate:
    kind = _kind(of)
    limit, compare = kind(wanted), _ORDERED[operator]

    def holds(resource: dict[str, Any]) -> bool:
        value = of.value(resource)
        return value is not None and compare(kind(value), limit)

    return holds


def _kind(of: Field) -> Callable[[Any], Any]:
    if of.schema.get("type") in ("integer", "number") or "int" in of.schema.get("format", ""):
        return float
    if of.steps[-1].endswith(("Timestamp", "Time")):
        return lambda text: datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    raise ValueError(of.steps[-1])
