from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest

# Every embedded cloud of the tests, here or in a process of its own, holds requests against Google's whole document.
WHOLE_DOCUMENT = files("googleapiclient").joinpath("discovery_cache/documents/compute.v1.json")
os.environ["CLOUDGPU_REHEARSAL_DISCOVERY"] = str(WHOLE_DOCUMENT)

# moto keeps its state in module globals: what stands on it must not take turns with its like in one process
_WHOLE_FOLDERS = ("providers_aws", "rehearsal_ec2")

# goes on with the machines of the other
_TOGETHER = {"machines/test_2_life.py": "machines/test_1_launch.py"}


# Machine guests need root and minutes: `make test-machines` asks for them by name.
_BY_NAME = "machines"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.parent.name != "tests" or collection_path.name != _BY_NAME:
        return None
    return None if any(_BY_NAME in argument for argument in config.args) else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file, or one such folder, stays with one worker; the long ones first, so that two workers end together."""
    for item in items:
        folder = item.path.parent.name
        file = f"{folder}/{item.path.name}"
        group = folder if folder in _WHOLE_FOLDERS else _TOGETHER.get(file, file)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.path.parent.name != "e2e" and item.path.name != "test_wheel.py")


def pytest_collection_finish(session: pytest.Session) -> None:
    """A worker that does not know the groups would share them out silently."""
    if getattr(session.config.option, "loadgroup", False):
        alone = [item.nodeid for item in session.items if "@" not in item.nodeid]
        assert not alone, f"pytest-xdist does not keep its groups together: {alone[0]}"
