"""Google's discovery document of Compute Engine, cut down by tools/trim_compute_discovery.py, and what it knows."""

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
class Method:
    """One method; `request` and `response` name schemas, `path` is relative to `/compute/v1/`."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Schema]
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Discovery:
    revision: str
    root: str
    common: Mapping[str, Schema]
    methods: Mapping[str, Method]
    schemas: Mapping[str, Schema]

    def match(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that serves this, and its path parameters as they stand in the path."""
        if not path.startswith(self.root):
            return None
        for method in self.methods.values():
            if method.verb == verb and (found := method.path.fullmatch(path[len(self.root) :])):
                return method, found.groupdict()
        return None

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, a reference followed."""
        return self.schemas[schema["$ref"]] if "$ref" in schema else schema


@cache
def document() -> Discovery:
    raw = json.loads(files(__package__).joinpath("compute_discovery.json").read_text(encoding="utf-8"))
    return Discovery(
        revision=raw["revision"],
        root=f"/{raw['servicePath']}",
        common=raw["parameters"],
        methods={id: _method(id, one) for id, one in raw["methods"].items()},
        schemas=raw["schemas"],
    )


def _method(id: str, raw: Mapping[str, Any]) -> Method:
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", raw["path"])
    return Method(
        id=id,
        verb=raw["httpMethod"],
        path=re.compile(path),
        parameters=raw["parameters"],
        request=raw.get("request", ""),
        response=raw.get("response", ""),
    )
