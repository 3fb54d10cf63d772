"""Write down what Google's own client library knows of the Cloud Quotas API, for the rehearsal cloud to be strict by.

    python tools/describe_cloudquotas.py TARGET

The library (`google-cloud-quotas`) has to be installed. What is written has the shape of a discovery document: the
methods below on projects with their paths and parameters, every message that can be reached from them, and the
library's version. `behavior` is what the library's text says of a field: required, output or immutable.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

METHODS = {
    "cloudquotas.projects.locations.services.quotaInfos.list": "ListQuotaInfos",
    "cloudquotas.projects.locations.services.quotaInfos.get": "GetQuotaInfo",
    "cloudquotas.projects.locations.quotaPreferences.list": "ListQuotaPreferences",
    "cloudquotas.projects.locations.quotaPreferences.get": "GetQuotaPreference",
    "cloudquotas.projects.locations.quotaPreferences.create": "CreateQuotaPreference",
    "cloudquotas.projects.locations.quotaPreferences.patch": "UpdateQuotaPreference",
}
_BODY = "quota_preference"
_SCALARS: dict[str, dict[str, Any]] = {
    "STRING": {"type": "string"},
    "BOOL": {"type": "boolean"},
    "INT32": {"type": "integer", "format": "int32"},
    "INT64": {"type": "string", "format": "int64"},
}
_WELL_KNOWN = {
    "google.protobuf.Timestamp": {"type": "string", "format": "google-datetime"},
    "google.protobuf.FieldMask": {"type": "string", "format": "google-fieldmask"},
    "google.protobuf.Int64Value": {"type": "string", "format": "int64"},
}
_WORDS = {"Required.": "required", "Output only.": "output", "Immutable.": "immutable"}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    document = described()
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    Path(arguments[0]).write_text(text + "\n", encoding="utf-8")
    print(f"{document['revision']}: {len(document['methods'])} methods, {len(document['schemas'])} schemas")
    return 0


def described() -> dict[str, Any]:
    """`methods` by id, `schemas` by name, and `revision`."""
    schemas: dict[str, Any] = {}
    methods = {id: _method(name, schemas) for id, name in METHODS.items()}
    return {"revision": f"google-cloud-quotas {version('google-cloud-quotas')}", "methods": methods, "schemas": schemas}


def _method(name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    from google.cloud import cloudquotas_v1
    from google.cloud.cloudquotas_v1.services.cloud_quotas.transports import rest_base

    call = getattr(rest_base._BaseCloudQuotasRestTransport, f"_Base{name}")
    option = next(one for one in call._get_http_options() if "=projects/" in one["uri"])
    path, in_path = _path(option["uri"])
    fields = _fields(getattr(cloudquotas_v1, f"{name}Request"), schemas)
    response = f"{name}Response" if name.startswith("List") else name.removeprefix("Get").removeprefix("Create")
    response = response.removeprefix("Update")
    _reach(getattr(cloudquotas_v1, response), schemas)
    query = {field: one for field, one in fields.items() if field not in (*in_path, _camel(_BODY))}
    made = {"httpMethod": option["method"].upper(), "path": path, "parameters": query, "response": response}
    return made | ({"request": fields[_camel(_BODY)]["$ref"]} if "body" in option else {})


def _path(uri: str) -> tuple[str, tuple[str, ...]]:
    """`/v1/{name=projects/*/locations/*}` as a path with a name in each place, and the field that it is bound to."""
    field, template = re.findall(r"\{([\w.]+)=([^}]+)\}", uri)[0]
    path = re.sub(r"\{[^}]+\}", template, uri)
    return re.sub(r"(\w+)/\*", lambda found: f"{found[1]}/{{{_singular(found[1])}}}", path), (field,)


def _singular(plural: str) -> str:
    return plural.removesuffix("s")


def _fields(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    said = dict(
        re.findall(r"^\s+(\w+) \([^\n]*\):\n\s+((?:Required|Output only|Immutable)\.)", kind.__doc__ or "", re.M)
    )
    found = {}
    for name, field in kind.meta.fields.items():
        schema = _schema(field, schemas)
        behavior = _WORDS.get(said.get(name, ""))
        found[_camel(name)] = {**schema, "behavior": behavior} if behavior else schema
    return found


def _schema(field: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    kind = _resolved(field.message, field)
    if field.repeated and getattr(kind, "__name__", "").endswith("Entry"):  # what protobuf makes of a map
        return {"type": "object", "additionalProperties": {"type": "string"}}
    one = _one(field, schemas)
    return {"type": "array", "items": one} if field.repeated else one


def _one(field: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if field.enum is not None:
        return {"type": "string", "enum": [value.name for value in _resolved(field.enum, field)]}
    if field.message is None:
        return dict(_SCALARS[field.proto_type.name])
    kind = _resolved(field.message, field)
    full_name = getattr(kind, "DESCRIPTOR", None) and kind.DESCRIPTOR.full_name
    if full_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[full_name])
    _reach(kind, schemas)
    return {"$ref": kind.__name__}


def _resolved(kind: Any, field: Any) -> Any:
    """The class that a field names by a string."""
    if not isinstance(kind, str):
        return kind
    from google.cloud import cloudquotas_v1

    return getattr(cloudquotas_v1, kind)


def _reach(kind: Any, schemas: dict[str, Any]) -> None:
    if inspect.isclass(kind) and kind.__name__ not in schemas:
        schemas[kind.__name__] = {}
        schemas[kind.__name__] = {"type": "object", "properties": _fields(kind, schemas)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
