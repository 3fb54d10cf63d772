"""Many clients at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.rehearsal_gce.asking import ZONE, Api, instance
from tests.rehearsal_gce.conftest import Emulator

MANY = 8


def test_the_same_request_is_carried_out_once(api: Api) -> None:
    request_id = str(uuid4())

    def ask(_: int) -> str:
        return str(api.begin("POST", f"/zones/{ZONE}/instances", instance(), requestId=request_id)["name"])

    with ThreadPoolExecutor(MANY) as pool:
        assert len(set(pool.map(ask, range(MANY)))) == 1
    assert len(api.get(f"/zones/{ZONE}/instances")["items"]) == 1


def test_a_name_is_given_once(api: Api) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        found = list(pool.map(lambda _: api.ask("POST", f"/zones/{ZONE}/instances", instance())[0], range(MANY)))
    assert sorted(found) == [200] + [409] * (MANY - 1)


def test_a_quota_holds(api: Api, emulator: Emulator) -> None:
    emulator.app.configure({"quotas": {"NVIDIA_T4_GPUS": 3}})
    with ThreadPoolExecutor(MANY) as pool:
        ended = list(pool.map(lambda number: api.insert(instance(f"i{number}")), range(MANY)))
    assert sum("error" not in one for one in ended) == 3
    listed = api.get(f"/zones/{ZONE}/instances", filter="status=RUNNING")["items"]
    assert len({one["networkInterfaces"][0]["networkIP"] for one in listed}) == 3
