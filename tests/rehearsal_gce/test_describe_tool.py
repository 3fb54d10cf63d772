"""The tool that writes down what Google's client library knows of the Cloud Quotas API, and what it has written."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

PATH = Path(__file__).resolve().parents[2] / "tools" / "describe_cloudquotas.py"
COMMITTED = files("cloudgpu.rehearsal.gce.cloudquotas").joinpath("discovery.json")


def _loaded() -> Any:
    spec = spec_from_file_location("describe_cloudquotas", PATH)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _loaded()


def test_what_is_committed_is_what_the_tool_writes(tmp_path: Path) -> None:
    target = tmp_path / "discovery.json"
    assert tool.main([str(target)]) == 0
    written, committed = json.loads(target.read_text()), json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert set(written["methods"]) == set(committed["methods"]) == set(tool.METHODS)
    if committed["revision"].endswith(version("google-cloud-quotas")):
        assert written == committed


def test_what_is_known_of_a_field() -> None:
    found = tool.described()
    preference, config = (found["schemas"][name]["properties"] for name in ("QuotaPreference", "QuotaConfig"))
    assert preference["quotaConfig"] == {"$ref": "QuotaConfig", "behavior": "required"}
    assert preference["dimensions"]["behavior"] == "immutable"
    assert preference["dimensions"]["additionalProperties"] == {"type": "string"}
    assert preference["reconciling"] == {"type": "boolean", "behavior": "output"}
    assert config["grantedValue"] == {"type": "string", "format": "int64", "behavior": "output"}
    create = found["methods"]["cloudquotas.projects.locations.quotaPreferences.create"]
    assert (create["httpMethod"], create["request"], create["response"]) == (
        "POST",
        "QuotaPreference",
        "QuotaPreference",
    )
    assert create["path"] == "/v1/projects/{project}/locations/{location}/quotaPreferences"
    assert set(create["parameters"]) == {"quotaPreferenceId", "ignoreSafetyChecks"}


def test_how_it_is_called() -> None:
    asked = subprocess.run([sys.executable, PATH], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "TARGET" in asked.stderr
