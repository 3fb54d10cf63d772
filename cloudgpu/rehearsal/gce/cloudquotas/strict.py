"""Is this request one that the Cloud Quotas API knows? Every parameter and every field, at any depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudgpu.rehearsal.gce.cloudquotas.discovery import QuotasMethod, Schema, properties
from cloudgpu.rehearsal.gce.cloudquotas.errors import malformed, refused

Violation = tuple[str, str]
_EVERYWHERE = frozenset(("alt", "$alt", "fields", "key", "prettyPrint", "quotaUser", "$.xgafv"))
_WHOLE = re.compile(r"-?\d+")
_BITS = {"int32": 31, "int64": 63}
_TYPES = {"boolean": "TYPE_BOOL", "integer": "TYPE_INT32"}


def check_query(method: QuotasMethod, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The method's own parameters with their types. ApiError for one that it does not have, or of another type."""
    taken: dict[str, Any] = {}
    wrong: list[Violation] = []
    for name, values in query.items():
        schema = method.parameters.get(name)
        if schema is None and name not in _EVERYWHERE:
            text = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. Field '
            wrong.append(("", f"{text}'{name}' could not be found in request message."))
        elif schema is not None:
            typed = [_typed(value, schema) for value in values]
            whole = typed if schema["type"] == "array" else typed[-1]
            wrong += _violations(schema, whole, _snake(name))
            taken[name] = whole
    if wrong:
        raise malformed(wrong)
    return taken


def check_body(method: QuotasMethod, raw: bytes) -> dict[str, Any]:
    """The body, without what only Google may write. ApiError for what the message does not know."""
    try:
        body = json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise malformed([("", f"Invalid JSON payload received. {error}")]) from None
    if not isinstance(body, dict):
        raise malformed([("", "Invalid JSON payload received. Root element must be a message.")])
    if not method.request:
        if body:
            raise malformed([("", f'Invalid JSON payload received. Unknown name "{next(iter(body))}"')])
        return {}
    where = _snake(method.request[0].lower() + method.request[1:])
    if wrong := list(_message(method.request, body, where)):
        raise malformed(wrong)
    for path in _missing(method.request, body, where):
        raise refused("INVALID_ARGUMENT", f"The request was invalid: {path} is required.")
    return _writable(method.request, body)


def conforms(name: str, value: object) -> list[Violation]:
    """What in `value` does not fit the message of that name."""
    return list(_message(name, value, ""))


def _message(name: str, value: object, path: str) -> Iterator[Violation]:
    if not isinstance(value, dict):
        yield path, f"Invalid value at '{path}' (type.googleapis.com/google.api.cloudquotas.v1.{name}), {value!r}"
        return
    known = properties(name)
    for field, one in value.items():
        if field not in known:
            yield path, f"Invalid JSON payload received. Unknown name \"{field}\" at '{path}': Cannot find field."
        elif one is not None:
            yield from _violations(known[field], one, f"{path}.{_snake(field)}".lstrip("."))


def _violations(schema: Schema, value: object, path: str) -> Iterator[Violation]:
    if "$ref" in schema:
        yield from _message(schema["$ref"], value, path)
    elif schema["type"] == "array" and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _violations(schema["items"], one, f"{path}[{number}]")
    elif schema["type"] == "object" and isinstance(value, dict):
        for key, one in value.items():
            yield from _violations(schema["additionalProperties"], one, f"{path}[{key!r}]")
    elif not _fits(schema, value):
        shown = f'"{value}"' if isinstance(value, str) else json.dumps(value)
        yield path, f"Invalid value at '{path}' ({_label(schema)}), {shown}"


def _fits(schema: Schema, value: object) -> bool:
    if "enum" in schema:
        return value in schema["enum"] or (_whole(value) and 0 <= int(str(value)) < len(schema["enum"]))
    if schema.get("format") in _BITS:
        return _whole(value) and -(2 ** _BITS[schema["format"]]) <= int(str(value)) < 2 ** _BITS[schema["format"]]
    return isinstance(value, {"string": str, "boolean": bool}.get(schema["type"], ()))


def _whole(value: object) -> bool:
    return not isinstance(value, (bool, float)) and bool(_WHOLE.fullmatch(str(value)))


def _label(schema: Schema) -> str:
    if "enum" in schema:
        return "TYPE_ENUM"
    return "TYPE_INT64" if schema.get("format") == "int64" else _TYPES.get(schema["type"], "TYPE_STRING")


def _missing(name: str, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for field, schema in properties(name).items():
        if field in value and "$ref" in schema:
            yield from _missing(schema["$ref"], value[field], f"{path}.{_snake(field)}")
        elif field not in value and schema.get("behavior") == "required":
            yield f"{path}.{_snake(field)}"


def _writable(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    known = properties(name)
    kept = {field: one for field, one in value.items() if known[field].get("behavior") != "output" and one is not None}
    return {
        field: _writable(known[field]["$ref"], one) if "$ref" in known[field] else one for field, one in kept.items()
    }


def _typed(text: str, schema: Schema) -> object:
    return {"true": True, "false": False}.get(text, text) if schema["type"] == "boolean" else text


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)
