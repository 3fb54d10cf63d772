"""Is this request one that the discovery document knows? Every parameter and every field of the body, at any depth."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cloudgpu.rehearsal.gce.discovery import Method, Schema, document
from cloudgpu.rehearsal.gce.errors import ApiError, invalid, malformed

_RANGE = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
Violation = tuple[str, str]


def check_path(method: Method, path: Mapping[str, str]) -> None:
    """ApiError for a path parameter that does not match its pattern."""
    for name, value in path.items():
        pattern = method.parameters[name].get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            raise invalid(name, value, f"Must be a match of regex '{pattern}'")


def check_query(method: Method, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The method's own query parameters with their types; those that every method takes are checked and left out."""
    wanted = {name: one for name, one in method.parameters.items() if one["location"] == "query"}
    taken: dict[str, Any] = {}
    for name, values in query.items():
        common = document().common.get(name) or document().common.get(name.removeprefix("$"))
        schema = wanted.get(name) or common
        if schema is None:
            text = (
                f"Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}'"
            )
            raise malformed([("", f"{text} could not be found in request message.")])
        if len(values) > 1 and not schema.get("repeated"):
            raise malformed([(name, f"Invalid value at '{name}', query parameter is given more than once.")])
        typed = [_typed(name, value, schema) for value in values]
        if name in wanted:
            taken[name] = typed if schema.get("repeated") else typed[0]
    for name, schema in wanted.items():
        if schema.get("required") and name not in taken:
            raise ApiError(400, "required", f"Required parameter: {name}")
    return taken


def _typed(name: str, text: str, schema: Schema) -> Any:
    value: Any = text
    if schema["type"] == "boolean" and text in ("true", "false"):
        value = text == "true"
    elif schema["type"] == "integer" and _WHOLE.fullmatch(text):
        value = int(text)
    if schema["type"] != "string" and value is text:
        raise malformed([(name, f"Invalid value at '{name}' ({_label(schema)}), \"{text}\"")])
    if "enum" in schema and name.removeprefix("$") in ("alt", ".xgafv"):
        value = text.partition(";")[0]
    if violations := list(_scalar(schema, value, name)):
        raise malformed(violations)
    for bound, beyond in (("minimum", -1), ("maximum", 1)):
        if bound in schema and (value - int(schema[bound])) * beyond > 0:
            word = "greater" if bound == "minimum" else "less"
            raise invalid(name, text, f"Must be {word} than or equal to {schema[bound]}")
    return value


def check_body(method: Method, raw: bytes) -> dict[str, Any]:
    """The body. ApiError with every field that the method's schema does not know or that holds something else than it
    says, or for one that is required and missing."""
    try:
        body = _without_nulls(json.loads(raw)) if raw.strip() else {}
    except ValueError as error:
        raise ApiError(400, "parseError", f"Invalid JSON payload received. {error}") from None
    if not isinstance(body, dict):
        raise malformed([("", "Invalid JSON payload received. Root element must be a message.")])
    schema = {"$ref": method.request} if method.request else {"type": "object", "properties": {}}
    if violations := list(_violations(schema, body, "")):
        raise malformed(violations)
    if method.request and not body:
        raise ApiError(400, "required", "Required field 'resource' not specified")
    for path in _missing(schema, body, "resource", method.id):
        raise ApiError(400, "required", f"Required field '{path}' not specified")
    return body


def _without_nulls(value: object) -> object:
    """A field that is null is a field that is not there."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _missing(schema: Schema, value: object, path: str, method: str) -> Iterator[str]:
    schema = document().resolved(schema)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _missing(schema["items"], one, f"{path}[{number}]", method)
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _missing(inner, value[name], f"{path}.{name}", method)
            elif method in inner.get("annotations", {}).get("required", ()):
                yield f"{path}.{name}"


def conforms(name: str, value: object) -> list[Violation]:
    """What in `value` does not fit the schema of that name."""
    return list(_violations({"$ref": name}, value, ""))


def _violations(schema: Schema, value: object, path: str) -> Iterator[Violation]:
    kind = schema.get("$ref") or ""
    schema = document().resolved(schema)
    if "properties" in schema or "additionalProperties" in schema:
        if not isinstance(value, dict):
            yield (
                path,
                f"Invalid value at '{path}' (type.googleapis.com/google.cloud.compute.v1.{kind}), {_shown(value)}",
            )
            return
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if inner is None:
                where = f" at '{path}'" if path else ""
                yield path, f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
            else:
                yield from _violations(inner, one, f"{path}.{name}" if path else name)
    elif schema.get("type") == "array":
        if not isinstance(value, list):
            yield path, f"Invalid value at '{path}' (repeated), {_shown(value)}"
            return
        for number, one in enumerate(value):
            yield from _violations(schema["items"], one, f"{path}[{number}]")
    else:
        yield from _scalar(schema, value, path)


def _scalar(schema: Schema, value: object, path: str) -> Iterator[Violation]:
    fits = _FITS[schema.get("type", "any")](schema, value)
    if not fits or ("enum" in schema and value not in schema["enum"]):
        yield path, f"Invalid value at '{path}' ({_label(schema)}), {_shown(value)}"


def _string(schema: Schema, value: object) -> bool:
    form = schema.get("format")
    if form in _RANGE:
        return _integer(schema, value) or (
            isinstance(value, str) and bool(_WHOLE.fullmatch(value)) and _integer(schema, int(value))
        )
    if form == "byte" and isinstance(value, str):
        try:
            base64.b64decode(value.replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error:
            return False
    return isinstance(value, str)


def _integer(schema: Schema, value: object) -> bool:
    low, high = _RANGE[schema.get("format", "int32")]
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(_schema: Schema, value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_FITS: dict[str, Callable[[Schema, object], bool]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda _schema, value: isinstance(value, bool),
    "object": lambda _schema, value: isinstance(value, dict),
    "any": lambda _schema, value: True,
}


def _label(schema: Schema) -> str:
    if "enum" in schema:
        return "TYPE_ENUM"
    named = {"boolean": "TYPE_BOOL", "number": "TYPE_DOUBLE", "string": "TYPE_STRING", "integer": "TYPE_INT32"}
    form = schema.get("format", "")
    return f"TYPE_{form.upper()}" if form in _RANGE else named.get(schema.get("type", ""), "TYPE_MESSAGE")


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
