"""Google's discovery document of Compute Engine, and what it knows. The one that comes along is cut down to what is
served here, by tools/trim_compute_discovery.py; a whole one does as well."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

VARIABLE = "CLOUDGPU_REHEARSAL_DISCOVERY"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One method; `request` and `response` name schemas, `path` is relative to `/compute/v1/`, cut at its slashes."""

    id: str
    verb: str
    path: tuple[str, ...]
    parameters: Mapping[str, Schema]
    request: str
    response: str

    def bound(self, path: Sequence[str]) -> dict[str, str] | None:
        """The path parameters of a path of as many parts, or None where it is another method's."""
        found = {}
        for wanted, given in zip(self.path, path, strict=True):
            if wanted.startswith("{") and given:
                found[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return found


@dataclass(frozen=True, slots=True)
class Discovery:
    """`places`: the methods by verb and number of path parts, those with names before those with parameters."""

    revision: str
    root: str
    common: Mapping[str, Schema]
    methods: Mapping[str, Method]
    schemas: Mapping[str, Schema]
    places: Mapping[tuple[str, int], Sequence[Method]]

    def match(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that this asks for, and its path parameters as they stand in the path."""
        if not path.startswith(self.root):
            return None
        parts = path[len(self.root) :].split("/")
        for method in self.places.get((verb, len(parts)), ()):
            if (found := method.bound(parts)) is not None:
                return method, found
        return None

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, a reference followed."""
        return self.schemas[schema["$ref"]] if "$ref" in schema else schema


@cache
def document() -> Discovery:
    """The one in force: the file that `$CLOUDGPU_REHEARSAL_DISCOVERY` names, else the copy that comes along."""
    named = os.environ.get(VARIABLE)
    return read(Path(named).read_text(encoding="utf-8") if named else trimmed())


def trimmed() -> str:
    """The text of the copy that comes along."""
    return files(__package__).joinpath("compute_discovery.json").read_text(encoding="utf-8")


def read(text: str) -> Discovery:
    raw = json.loads(text)
    methods = {id: _method(id, one) for id, one in _methods(raw)}
    return Discovery(
        revision=raw["revision"],
        root=f"/{raw['servicePath']}",
        common=raw["parameters"],
        methods=methods,
        schemas=raw["schemas"],
        places=_places(methods.values()),
    )


def _methods(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By id; in Google's own document they are nested in resources."""
    for name, method in raw.get("methods", {}).items():
        yield method.get("id", name), method
    for resource in raw.get("resources", {}).values():
        yield from _methods(resource)


def _method(id: str, raw: Mapping[str, Any]) -> Method:
    return Method(
        id=id,
        verb=raw["httpMethod"],
        path=tuple(raw["path"].split("/")),
        parameters=raw["parameters"],
        request=_name(raw.get("request", "")),
        response=_name(raw.get("response", "")),
    )


def _name(schema: str | Mapping[str, str]) -> str:
    return schema if isinstance(schema, str) else schema["$ref"]


def _places(methods: Iterable[Method]) -> dict[tuple[str, int], list[Method]]:
    """A parameter over several parts (`{+name}`) cannot be counted: its few methods are none that is served here."""
    found: dict[tuple[str, int], list[Method]] = {}
    for method in sorted(methods, key=lambda one: [part.startswith("{") for part in one.path]):
        if not any(part.startswith("{+") for part in method.path):
            found.setdefault((method.verb, len(method.path)), []).append(method)
    return found
