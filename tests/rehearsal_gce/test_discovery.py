"""Requests are held against a discovery document: the copy that comes along or, as in all tests, the whole one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from cloudgpu.rehearsal.gce.discovery import VARIABLE, Discovery, document, read, trimmed
from cloudgpu.rehearsal.gce.routes import HANDLERS
from tests.conftest import WHOLE_DOCUMENT
from tests.rehearsal_gce.asking import ZONE, Api
from tests.rehearsal_gce.test_trim_tool import tool

ROOT = "/compute/v1/projects/p"
HERE = read(trimmed())
WHOLE: dict[str, Any] = json.loads(WHOLE_DOCUMENT.read_text(encoding="utf-8"))


def test_the_tests_stand_on_the_whole_document(monkeypatch: pytest.MonkeyPatch) -> None:
    assert document().revision == WHOLE["revision"]
    assert len(document().methods) > 700
    assert len(document().schemas) > 1000
    monkeypatch.delenv(VARIABLE)
    assert document.__wrapped__().methods.keys() == HERE.methods.keys()


def test_what_only_the_whole_document_knows_is_in_force(api: Api) -> None:
    """A method that is served by nobody here is known by its name; without the whole one it would not be."""
    path = f"{ROOT}/zones/{ZONE}/instances/one/suspend"
    found = document().match("POST", path)
    assert found is not None
    assert found[0].id == "compute.instances.suspend"
    assert HERE.match("POST", path) is None
    assert "compute.instances.suspend" not in HANDLERS
    assert api.refused("POST", f"/zones/{ZONE}/instances/one/suspend")[:2] == (404, "notFound")
    only = document().schemas.keys() - HERE.schemas.keys()
    assert {"Router", "UrlMap"} <= only


def test_a_process_of_its_own_gets_the_whole_one_too() -> None:
    program = "from cloudgpu.rehearsal.gce.discovery import document; print(len(document().methods))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(said.stdout) == len(document().methods)


def test_the_copy_is_what_the_tool_makes_of_the_whole_one() -> None:
    """Of another revision, it is at least a part of it: nothing is refused or taken here that Google would not."""
    if WHOLE["revision"] == HERE.revision:
        assert tool.trimmed(WHOLE) == json.loads(trimmed())
    assert list(_more(json.loads(trimmed())["schemas"], WHOLE["schemas"], "")) == []
    for id, method in HERE.methods.items():
        whole = document().methods[id]
        assert (method.verb, method.path, method.request, method.response) == (
            whole.verb, whole.path, whole.request, whole.response,
        )  # fmt: skip
        assert list(_more(method.parameters, whole.parameters, id)) == []
    assert document().common.keys() >= HERE.common.keys()


def _more(mine: Any, whole: Any, path: str) -> list[str]:
    """The paths of what `mine` has and `whole` has not, or has otherwise."""
    if isinstance(mine, dict) and isinstance(whole, dict):
        missing = [f"{path}.{key}" for key in mine.keys() - whole.keys()]
        return missing + [
            one for key in mine.keys() & whole.keys() for one in _more(mine[key], whole[key], f"{path}.{key}")
        ]
    if isinstance(mine, list) and isinstance(whole, list):
        return [f"{path}: {one}" for one in mine if one not in whole]
    return [] if mine == whole else [path]


@pytest.mark.parametrize("known", [HERE, document()], ids=["trimmed", "whole"])
@pytest.mark.parametrize(
    ("verb", "path", "id"),
    [
        ("GET", ROOT, "compute.projects.get"),
        ("GET", f"{ROOT}/zones/z/instances", "compute.instances.list"),
        ("GET", f"{ROOT}/zones/z/instances/i", "compute.instances.get"),
        ("POST", f"{ROOT}/zones/z/instances/i/stop", "compute.instances.stop"),
        ("GET", f"{ROOT}/global/images/family/f", "compute.images.getFromFamily"),
        ("GET", f"{ROOT}/global/images/family", "compute.images.get"),
        ("GET", f"{ROOT}/aggregated/instances", "compute.instances.aggregatedList"),
        ("GET", f"{ROOT}/zones/z/instances/", ""),
        ("GET", f"{ROOT}/zones//instances", ""),
        ("PUT", ROOT, ""),
        ("GET", "/compute/v2/projects/p", ""),
        ("GET", "/", ""),
    ],
)
def test_which_method_a_request_asks_for(known: Discovery, verb: str, path: str, id: str) -> None:
    found = known.match(verb, path)
    assert (found[0].id if found else "") == id


def test_no_method_stands_in_the_way_of_another() -> None:
    """Each whose parts can be counted is found by its own path; a name is preferred to a parameter."""
    for id, method in document().methods.items():
        if not any(part.startswith("{+") for part in method.path):
            path = "/".join("x" if part.startswith("{") else part for part in method.path)
            found = document().match(method.verb, document().root + path)
            assert found is not None
            assert found[0].id == id
