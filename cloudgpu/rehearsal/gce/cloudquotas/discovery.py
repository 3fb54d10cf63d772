"""What Google's client library knows of the Cloud Quotas API, written down by tools/describe_cloudquotas.py."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuotasMethod:
    """One method: `parameters` are those of the query, `request` and `response` name schemas."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Schema]
    request: str
    response: str


@cache
def methods() -> tuple[QuotasMethod, ...]:
    return tuple(
        QuotasMethod(
            id=id,
            verb=raw["httpMethod"],
            path=re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", raw["path"])),
            parameters=raw["parameters"],
            request=raw.get("request", ""),
            response=raw["response"],
        )
        for id, raw in _document()["methods"].items()
    )


def match(verb: str, path: str) -> tuple[QuotasMethod, dict[str, str]] | None:
    """The method that serves this, and its path parameters."""
    for method in methods():
        if method.verb == verb and (found := method.path.fullmatch(path)):
            return method, found.groupdict()
    return None


def properties(name: str) -> Mapping[str, Schema]:
    """The fields of the message of this name."""
    found: Mapping[str, Schema] = _document()["schemas"][name]["properties"]
    return found


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("discovery.json").read_text(encoding="utf-8"))
    return found
