"""Providers come in through one door, and none is imported before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from cloudgpu.errors import UsageError
from cloudgpu.model import Origin
from cloudgpu.providers import registry


def test_the_built_in_providers_come_in_by_the_door_for_all() -> None:
    assert {"aws", "gcp"} <= set(registry.names())
    assert registry.names() == sorted(registry.names())


def test_a_misspelt_provider_gets_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        registry.open_provider(Origin("gpc"))
    assert "gpc" in caught.value.brief
    assert "Did you mean gcp?" in caught.value.remedy


def test_a_strange_provider_gets_the_list() -> None:
    with pytest.raises(UsageError) as caught:
        registry.open_provider(Origin("nowhere"))
    assert "aws, gcp" in caught.value.remedy


def test_without_metadata_the_remedy_is_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: ())
    with pytest.raises(UsageError) as caught:
        registry.open_provider(Origin("gcp"))
    assert "pip install" in caught.value.remedy


def test_a_provider_that_cannot_be_imported_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("mars", "cloudgpu_mars:open_provider", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: (broken,))
    with pytest.raises(UsageError) as caught:
        registry.open_provider(Origin("mars"))
    assert "cloudgpu_mars" in caught.value.details
    assert caught.value.remedy


def test_importing_the_registry_and_the_doors_imports_no_sdk() -> None:
    code = (
        "import sys; from cloudgpu.providers import registry; registry.names();"
        "import cloudgpu.providers.gcp, cloudgpu.providers.aws;"
        "print([name for name in sys.modules if name.startswith(('google', 'boto', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
