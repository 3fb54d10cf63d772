"""What a thousand machines use of the limits, and one more beside them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest

from cloudgpu.rehearsal.gce import quotas
from cloudgpu.rehearsal.gce.state import Cloud
from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator

MANY = 1000


@pytest.fixture
def crowded(api: Api, emulator: Emulator) -> Iterator[Cloud]:
    """The cloud, with a thousand running machines in the project."""
    emulator.app.configure({"quotas": {"INSTANCES": 5000, "GPUS_ALL_REGIONS": 5000, "NVIDIA_T4_GPUS": 5000}})
    emulator.app.configure({"quotas": dict.fromkeys(("CPUS", "CPUS_ALL_REGIONS", "IN_USE_ADDRESSES"), 50000)})
    api.insert(instance())
    cloud: Cloud = emulator.app._cloud
    with cloud.lock:
        (first,) = [one for one in cloud.machines.values() if one.project == api.project]
        for number in range(1, MANY):
            resource = deepcopy(first.resource) | {"name": f"m{number}", "id": str(number)}
            resource["networkInterfaces"][0]["networkIP"] = f"10.128.{number // 250}.{number % 250 + 3}"
            cloud.machines[(api.project, ZONE, f"m{number}")] = replace(first, resource=resource, drawn=None)
    yield cloud


def test_usage(crowded: Cloud, api: Api) -> None:
    used = quotas.usage(crowded, api.project)
    assert (used[("INSTANCES", "us-central1")], used[("NVIDIA_T4_GPUS", "us-central1")]) == (MANY, MANY)


def test_one_more(crowded: Cloud, api: Api) -> None:
    assert "error" not in api.insert(instance("last"))
    assert api.get(f"/zones/{ZONE}/instances/last")["networkInterfaces"][0]["networkIP"] not in ("", "10.128.0.2")
