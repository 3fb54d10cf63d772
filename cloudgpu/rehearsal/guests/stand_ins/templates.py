"""The part of Go's templates that `--format` is used for: `{{.A.B}}`, `{{json .A}}`, `{{index .A "key"}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .refused import Refused

_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_FIELD = r"(\.[\w.]*)"


def render(template: str, thing: Mapping[str, Any]) -> str:
    """One line for one thing. Refused, as docker does, for a field that it does not have."""
    if template == "json":
        return json.dumps(thing, separators=(",", ":"))

    def action(match: re.Match[str]) -> str:
        words = match.group(1)
        if plain := re.fullmatch(_FIELD, words):
            return _plain(_walk(thing, plain.group(1), template))
        if as_json := re.fullmatch(rf"json\s+{_FIELD}", words):
            return json.dumps(_walk(thing, as_json.group(1), template), separators=(",", ":"))
        if indexed := re.fullmatch(rf'index\s+{_FIELD}\s+"([^"]*)"', words):
            return _plain((_walk(thing, indexed.group(1), template) or {}).get(indexed.group(2), ""))
        raise Refused(f'template parsing error: template: :1: "{words}" is not rehearsed', 64)

    return _ACTION.sub(action, template.replace("\\t", "\t").replace("\\n", "\n"))


def _walk(thing: Any, path: str, template: str) -> Any:
    for name in filter(None, path.split(".")):
        if not isinstance(thing, Mapping) or name not in thing:
            raise Refused(f'template: :1:2: executing "" at <{path}>: map has no entry for key "{name}" in {template}')
        thing = thing[name]
    return thing


def _plain(value: Any) -> str:
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(_plain(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{_plain(one)}' for key, one in value.items())}]"
    return str(value)
