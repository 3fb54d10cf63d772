"""Cut Google's discovery document of Compute Engine down to what the rehearsal cloud serves.

    python tools/trim_compute_discovery.py DOCUMENT TARGET

DOCUMENT is a `compute.v1.json`, a folder or an archive (wheel) that holds one, or the name of an installed package
that ships one (`googleapiclient`). What is kept: the methods of `METHODS` with their parameters, every schema that
can be reached from them, the parameters that every method takes, and the revision. Descriptions are dropped.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

METHODS = {
    "projects": ("get",),
    "regions": ("get", "list"),
    "zones": ("get", "list"),
    "machineTypes": ("get", "list", "aggregatedList"),
    "acceleratorTypes": ("get", "list", "aggregatedList"),
    "diskTypes": ("get", "list"),
    "images": ("get", "getFromFamily", "list", "insert", "delete"),
    "snapshots": ("get", "list", "delete"),
    "networks": ("get", "list", "insert", "delete"),
    "subnetworks": ("get", "list", "aggregatedList", "insert", "delete"),
    "firewalls": ("insert", "get", "list", "patch", "delete"),
    "addresses": ("insert", "get", "list", "aggregatedList", "delete"),
    "disks": ("insert", "get", "list", "aggregatedList", "delete", "createSnapshot"),
    "instances": (
        "insert",
        "get",
        "list",
        "aggregatedList",
        "delete",
        "stop",
        "start",
        "setLabels",
        "setMetadata",
        "setDeletionProtection",
        "setScheduling",
        "getSerialPortOutput",
        "getGuestAttributes",
    ),
    "zoneOperations": ("get", "list", "wait"),
    "regionOperations": ("get", "list", "wait"),
    "globalOperations": ("get", "list", "wait"),
}
NAME = "compute.v1.json"
_PARAMETER = ("type", "format", "location", "required", "repeated", "pattern", "enum", "minimum", "maximum", "default")
_PROPERTY = ("type", "format", "pattern", "enum", "$ref", "annotations", "minimum", "maximum")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    document = trimmed(json.loads(found(arguments[0])))
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    Path(arguments[1]).write_text(text + "\n", encoding="utf-8")
    print(f"revision {document['revision']}: {len(document['methods'])} methods, {len(document['schemas'])} schemas")
    return 0


def found(place: str) -> bytes:
    """The document's bytes. FileNotFoundError where there is none."""
    path = Path(place)
    if not path.exists() and (package := importlib.util.find_spec(place)) and package.submodule_search_locations:
        path = Path(next(iter(package.submodule_search_locations)))
    if path.is_dir():
        path = next(path.rglob(NAME), path / NAME)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith("/" + NAME):
                    return archive.read(member)
        raise FileNotFoundError(f"no {NAME} in {path}")
    return path.read_bytes()


def trimmed(document: dict[str, Any]) -> dict[str, Any]:
    """`methods` by id, `schemas` by name, `parameters` common to all methods, `servicePath` and `revision`."""
    methods = [document["resources"][kind]["methods"][verb] for kind, verbs in METHODS.items() for verb in verbs]
    return {
        "revision": document["revision"],
        "servicePath": document["servicePath"],
        "parameters": {name: _kept(one, _PARAMETER) for name, one in document["parameters"].items()},
        "methods": {method["id"]: _method(method) for method in methods},
        "schemas": _reachable(document["schemas"], methods),
    }


def _method(method: dict[str, Any]) -> dict[str, Any]:
    cut = {
        "path": method["path"],
        "httpMethod": method["httpMethod"],
        "parameters": {name: _kept(one, _PARAMETER) for name, one in method["parameters"].items()},
    }
    return cut | {side: method[side]["$ref"] for side in ("request", "response") if side in method}


def _reachable(schemas: dict[str, Any], methods: list[dict[str, Any]]) -> dict[str, Any]:
    waiting = [method[side]["$ref"] for method in methods for side in ("request", "response") if side in method]
    kept: dict[str, Any] = {}
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = _schema(schemas[name])
            waiting += _references(kept[name])
    return kept


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    cut = _kept(schema, _PROPERTY)
    if "properties" in schema:
        cut["properties"] = {name: _schema(one) for name, one in schema["properties"].items()}
    for nested in ("items", "additionalProperties"):
        if nested in schema:
            cut[nested] = _schema(schema[nested])
    return cut


def _references(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"]
    for nested in schema.values():
        if isinstance(nested, dict):
            yield from _references(nested)


def _kept(schema: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: schema[key] for key in keys if key in schema}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
