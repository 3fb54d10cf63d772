"""The SDK is imported in parts, nobody else in the process can tell, and where that does not work it is imported whole.

A release of the SDK that can no longer be taken apart turns `test_only_what_is_asked_for_is_imported` red: the product
goes on with the whole of it, at twice the price.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = """
import sys
from cloudgpu.providers.gcp import sdk
PREFIX = "google.cloud.compute_v1.services."
def services(): return {name.split(".")[4] for name in sys.modules if name.startswith(PREFIX)}
assert not services() and "google.cloud.compute_v1.types.compute" not in sys.modules, "imported before it was asked for"
assert sdk.Operation.Status.DONE and not services()
assert sdk.InstancesClient.__name__ == "InstancesClient"
assert services() <= {"instances", "zone_operations"}, services()  # it needs the operations itself
for name in sdk.__all__:
    assert getattr(sdk, name).__name__ == name
OPERATIONS = {"zone_operations", "region_operations", "global_operations"}
assert services() - OPERATIONS == set(sdk._SERVICES.values()) - OPERATIONS, services()
assert type(sys.modules["google.cloud.compute_v1"]) is sdk._Unexecuted, "the whole SDK was imported"
print("in parts")
"""
LATER = """
import sys
from cloudgpu.providers.gcp import sdk
before = sdk.InstancesClient
from google.cloud import compute_v1
from google.cloud.compute_v1 import gapic_version
assert compute_v1.InstancesClient is before
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
WITHOUT_A_SPEC = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.endswith("compute_v1") else find(name, package)
from cloudgpu.providers.gcp import sdk
assert sdk.InstancesClient.__name__ == "InstancesClient"
assert "google.cloud.compute_v1.services.target_pools" in sys.modules, "imported in parts after all"
print(type(sys.modules["google.cloud.compute_v1"]).__name__)
"""
OF_TOMORROW = """
from cloudgpu.providers.gcp import sdk
from google.cloud import compute_v1
assert sdk.InstancesClient is compute_v1.InstancesClient
try:
    sdk.ImagesClient
except AttributeError as error:
    print(sdk.InstancesClient.home, error)
"""
MISSPELT = """
from cloudgpu.providers.gcp import sdk
try:
    sdk.InstanceClients
except AttributeError as error:
    print(error)
"""


def run(code: str, **environ: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environ})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_only_what_is_asked_for_is_imported() -> None:
    assert run(PARTS) == "in parts"


def test_whoever_imports_the_sdk_afterwards_has_all_of_it() -> None:
    assert run(LATER)[0].isdigit()


def test_an_sdk_that_is_there_already_is_used() -> None:
    assert run(EARLIER) == "InstancesClient"


def test_a_package_that_cannot_be_put_in_place_is_imported_whole() -> None:
    assert run(WITHOUT_A_SPEC) == "module"


@pytest.mark.parametrize("file", ["compute_v1/__init__.py", "compute_v1.py"])
def test_a_release_with_other_modules_is_imported_whole(tmp_path: Path, file: str) -> None:
    package = tmp_path / "google" / "cloud" / file
    package.parent.mkdir(parents=True)
    package.write_text("class InstancesClient:\n    home = 'elsewhere'\n")
    assert run(OF_TOMORROW, PYTHONPATH=f"{tmp_path}:{Path.cwd()}").startswith("elsewhere")


def test_a_misspelt_name_is_an_error() -> None:
    assert run(MISSPELT).endswith("has no attribute 'InstanceClients'")


def test_who_cannot_sign_in_does_not_pay_for_the_sdk(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from cloudgpu.errors import AuthError\n"
        "from cloudgpu.model import Origin\n"
        "from cloudgpu.providers.registry import open_provider\n"
        "try:\n"
        "    open_provider(Origin('gcp')).instances()\n"
        "except AuthError:\n"
        "    print('google.cloud.compute_v1.types.compute' in sys.modules)\n"
    )
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_GCE_CHECK": "true"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
