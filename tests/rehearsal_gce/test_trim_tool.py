"""The tool that cuts the discovery document down, and the copy that it has made."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools" / "trim_compute_discovery.py"
COMMITTED = files("cloudgpu.rehearsal.gce").joinpath("compute_discovery.json")


def _loaded() -> Any:
    spec = spec_from_file_location("trim_compute_discovery", PATH)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _loaded()


def whole() -> dict[str, Any]:
    """A document in the original's form, as large as the tool's list of methods makes it."""
    schemas = {
        "Thing": {"id": "Thing", "type": "object", "description": "d", "properties": {"part": {"$ref": "Part"}}},
        "Part": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["A"], "enumDescriptions": ["first"], "description": "d"},
                "again": {"type": "array", "items": {"$ref": "Thing"}},
                "name": {"type": "string", "pattern": "[a-z]+", "annotations": {"required": ["compute.x.insert"]}},
            },
        },
        "Unused": {"type": "object"},
    }
    parameters = {"project": {"type": "string", "location": "path", "required": True, "description": "d"}}
    resources: dict[str, Any] = {"elsewhere": {"methods": {"get": {}}}}
    for kind, verbs in tool.METHODS.items():
        resources[kind] = {"methods": {}}
        for verb in verbs:
            resources[kind]["methods"][verb] = {
                "id": f"compute.{kind}.{verb}",
                "path": f"projects/{{project}}/{kind}",
                "httpMethod": "GET",
                "parameters": parameters,
                "response": {"$ref": "Thing"},
                "scopes": ["s"],
            }
    common = {"alt": {"type": "string", "enum": ["json"], "enumDescriptions": ["j"], "location": "query"}}
    return {
        "revision": "20260101",
        "servicePath": "compute/v1/",
        "parameters": common,
        "resources": resources,
        "schemas": schemas,
    }


@pytest.mark.parametrize("place", ["file", "folder", "archive"])
def test_what_is_kept(tmp_path: Path, place: str) -> None:
    source = tmp_path / "lib" / "documents" / tool.NAME
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(whole()))
    given = {"file": source, "folder": tmp_path / "lib", "archive": tmp_path / "wheel.whl"}[place]
    if place == "archive":
        with zipfile.ZipFile(given, "w") as archive:
            archive.write(source, f"documents/{tool.NAME}")
    target = tmp_path / "cut.json"
    assert tool.main([str(given), str(target)]) == 0
    cut = json.loads(target.read_text())
    assert cut["revision"] == "20260101"
    assert set(cut["schemas"]) == {"Thing", "Part"}
    assert cut["schemas"]["Part"]["properties"]["name"] == {
        "type": "string",
        "pattern": "[a-z]+",
        "annotations": {"required": ["compute.x.insert"]},
    }
    assert cut["methods"]["compute.zones.get"]["response"] == "Thing"
    assert "escription" not in target.read_text()
    assert "elsewhere" not in target.read_text()


def test_where_there_is_none(tmp_path: Path) -> None:
    for given in (str(tmp_path), "no_such_package_here"):
        with pytest.raises(FileNotFoundError):
            tool.found(given)
    empty = tmp_path / "empty.whl"
    with zipfile.ZipFile(empty, "w"):
        pass
    with pytest.raises(FileNotFoundError, match=r"no compute\.v1\.json in"):
        tool.found(str(empty))


def test_how_it_is_called() -> None:
    asked = subprocess.run([sys.executable, PATH], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "DOCUMENT TARGET" in asked.stderr


def test_the_committed_copy_is_small_and_whole() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    cut = json.loads(text)
    assert len(text) < 130_000
    assert len(cut["methods"]) == sum(len(verbs) for verbs in tool.METHODS.values())
    for schema in cut["schemas"].values():
        assert set(tool._references(schema)) <= set(cut["schemas"])
