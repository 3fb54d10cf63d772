"""The SDK is imported in parts, and nobody else in the process can tell."""

from __future__ import annotations

import subprocess
import sys

LATER = """
import sys
from cloudgpu.providers.gcp import sdk
services = [name for name in sys.modules if name.startswith("google.cloud.compute_v1.services.")]
assert "google.cloud.compute_v1.services.target_pools" not in services, "the whole SDK was imported"
from google.cloud import compute_v1
from google.cloud.compute_v1 import gapic_version
assert compute_v1.InstancesClient is sdk.InstancesClient
assert compute_v1.TargetPoolsClient.__name__ == "TargetPoolsClient"
assert compute_v1.Instance is sdk.Instance
print(gapic_version.__version__)
"""
EARLIER = """
import sys, types
whole = sys.modules["google.cloud.compute_v1"] = types.ModuleType("google.cloud.compute_v1")
import importlib.util
whole.__path__ = importlib.util.find_spec("google.cloud").submodule_search_locations
whole.__path__ = [path + "/compute_v1" for path in whole.__path__]
from cloudgpu.providers.gcp import sdk
assert sys.modules["google.cloud.compute_v1"] is whole
print(sdk.InstancesClient.__name__)
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_whoever_imports_the_sdk_afterwards_has_all_of_it() -> None:
    assert run(LATER)[0].isdigit()


def test_an_sdk_that_is_there_already_is_used() -> None:
    assert run(EARLIER) == "InstancesClient"
