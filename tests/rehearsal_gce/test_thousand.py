"""A thousand labelled instances, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests

from cloudgpu.rehearsal.gce import settings
from tests.rehearsal_gce.asking import Api, Json, eventually, instance
from tests.rehearsal_gce.conftest import Emulator

MANY = 1_000
ZONES = ("us-central1-a", "us-central1-b", "us-west1-b", "europe-west4-b")
PLENTY = ("GPUS_ALL_REGIONS", "CPUS_ALL_REGIONS", "CPUS", "INSTANCES", "IN_USE_ADDRESSES", "NVIDIA_T4_GPUS")


@pytest.fixture(scope="module")
def thousand(emulator: Emulator) -> Iterator[Api]:
    """Put in through the API, as fast as it takes them."""
    project, clock = f"thousand-{uuid4().hex[:12]}", emulator.world.clock
    quotas = {**dict.fromkeys(PLENTY, 10_000), "SSD_TOTAL_GB": 1_000_000}
    emulator.app.configure({"projects": {project: {}}, "quotas": quotas})
    clock.change({"operation_seconds": 0, "boot_seconds": 0})
    api = Api(emulator.endpoint, project)
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer some-token"
        for number in range(MANY):
            zone = ZONES[number % len(ZONES)]
            url = f"{api.endpoint}/compute/v1/projects/{project}/zones/{zone}/instances"
            answer = session.post(url, json=instance(f"m{number}", zone), timeout=20)
            assert answer.status_code == 200, answer.text
        yield api
        for number in range(MANY):
            path = f"zones/{ZONES[number % len(ZONES)]}/instances/m{number}"
            session.delete(f"{api.endpoint}/compute/v1/projects/{project}/{path}", timeout=20)
    eventually(lambda: emulator.machines.running() == [])
    clock.change({"operation_seconds": 0.04, "boot_seconds": 0.02})
    emulator.app.configure({"projects": {project: None}, "quotas": settings.DEFAULTS})


def pages(api: Api) -> list[str]:
    """The texts of an aggregated list's pages, unread."""
    url, token = f"{api.endpoint}/compute/v1/projects/{api.project}/aggregated/instances", ""
    texts: list[str] = []
    while not texts or token:
        query = {"filter": "labels.cloudgpu-name:*", "maxResults": "500", **({"pageToken": token} if token else {})}
        texts.append(requests.get(url, params=query, headers={"Authorization": "Bearer x"}, timeout=20).text)
        found = texts[-1].rpartition('"nextPageToken": "')
        token = found[2].partition('"')[0] if found[1] else ""
    return texts


def test_all_are_listed_once(thousand: Api) -> None:
    read: list[Json] = [json.loads(text) for text in pages(thousand)]
    seen = [one["name"] for page in read for part in page["items"].values() for one in part.get("instances", ())]
    assert (len(read), len(seen), len(set(seen))) == (2, MANY, MANY)


def test_an_operation_is_found_among_thousands(thousand: Api) -> None:
    listed = thousand.get(f"/zones/{ZONES[0]}/operations", maxResults=1)["items"]
    name, id = listed[0]["name"], listed[0]["id"]
    assert thousand.get(f"/zones/{ZONES[0]}/operations/{name}") == thousand.get(f"/zones/{ZONES[0]}/operations/{id}")
