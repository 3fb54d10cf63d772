"""The cloud in memory goes wrong when told to, and remembers what it bills."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from cloudgpu.errors import AuthError, CapacityError, OutcomeUnknown, QuotaError, UnsupportedError, UsageError
from cloudgpu.model import Gpu, GpuRequest, State
from cloudgpu.testing import samples
from cloudgpu.testing.contract import ref_of
from cloudgpu.testing.memory import MemoryCloud


def test_sold_out_until_restocked() -> None:
    cloud = MemoryCloud()
    spec = samples.spec(samples.offer("mars-1-a"))
    cloud.sell_out("mars-1-a", "mars-1-b")
    for _ in range(2):
        with pytest.raises(CapacityError) as caught:
            cloud.create(spec)
    assert caught.value.code == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert cloud.bills == []
    cloud.restock()
    assert cloud.create(spec).ref.zone == "mars-1-a"


def test_unsupported_is_told_apart_from_out_of_stock() -> None:
    cloud = MemoryCloud()
    cloud.unsupport("mars-1-a")
    with pytest.raises(UnsupportedError):
        cloud.create(samples.spec(samples.offer("mars-1-a")))


def test_a_refusal_may_run_out() -> None:
    cloud = MemoryCloud()
    cloud.refuse("mars-1-a", QuotaError("none left", remedy="ask", region="mars-1"), times=1)
    spec = samples.spec(samples.offer("mars-1-a"))
    with pytest.raises(QuotaError):
        cloud.create(spec)
    assert cloud.create(spec).ref.id


@pytest.mark.parametrize("error", [AuthError("who are you", remedy="log in"), KeyboardInterrupt()])
def test_any_method_may_fail_once(error: BaseException) -> None:
    cloud = MemoryCloud()
    cloud.fail("verify", error)
    with pytest.raises(type(error)):
        cloud.verify()
    assert cloud.verify()
    assert cloud.calls == ["verify", "verify"]


def test_quotas_count_what_runs() -> None:
    cloud = MemoryCloud(gpu_limit=2)
    first, second = (samples.spec(samples.offer("mars-1-a", gpu=Gpu("T4", 2))) for _ in range(2))
    cloud.create(first)
    assert [quota.left for quota in cloud.quotas(first.offer)] == [0]
    with pytest.raises(QuotaError):
        cloud.create(second)
    cloud.destroy(ref_of(first))
    assert cloud.create(second).gpu.count == 2


def test_an_unknown_quota_refuses_nothing() -> None:
    cloud = MemoryCloud(gpu_limit=None)
    spec = samples.spec(samples.offer("mars-1-a", gpu=Gpu("T4", 16)))
    assert cloud.quotas(spec.offer)[0].left is None
    assert cloud.create(spec).gpu.count == 16


def test_a_lost_answer_leaves_a_machine_that_bills() -> None:
    cloud = MemoryCloud()
    spec = samples.spec(samples.offer("mars-1-a"))
    cloud.lose_answers()
    with pytest.raises(OutcomeUnknown):
        cloud.create(spec)
    assert [bill.kind for bill in cloud.billing] == ["instance", "disk"]
    found = cloud.find(ref_of(spec))
    assert found
    assert cloud.create(spec).ref.id == found.ref.id
    assert len(cloud.bills) == 2


def test_it_is_pending_for_as_many_finds_as_told_and_runs_then() -> None:
    cloud = MemoryCloud(pending_finds=2, host="192.0.2.1", ssh_port=2222)
    spec = samples.spec(samples.offer("mars-1-a"))
    ref = cloud.create(spec).ref
    seen = [cloud.find(ref) for _ in range(3)]
    assert [one.state for one in seen if one] == [State.PENDING, State.PENDING, State.RUNNING]
    assert seen[2]
    assert (seen[2].host, seen[2].ssh_port) == ("192.0.2.1", 2222)


def test_host_keys_come_when_it_runs() -> None:
    cloud = MemoryCloud(pending_finds=0)
    ref = cloud.create(samples.spec(samples.offer("mars-1-a"))).ref
    assert (list(cloud.host_keys(ref)), cloud.console(ref)) == ([], "")
    cloud.find(ref)
    assert list(cloud.host_keys(ref)) == [samples.HOST_KEY]
    assert samples.HOST_KEY in cloud.console(ref)


def test_bills_have_a_beginning_and_an_end() -> None:
    moments = iter(datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(hours=n) for n in range(9))
    cloud = MemoryCloud(clock=lambda: next(moments))
    ref = cloud.create(samples.spec(samples.offer("mars-1-a"))).ref
    cloud.destroy(ref)
    assert cloud.billing == []
    assert all(bill.ended_at and bill.ended_at > bill.started_at for bill in cloud.bills)


def test_what_is_sticky_outlives_destroy() -> None:
    cloud = MemoryCloud()
    spec = samples.spec(samples.offer("mars-1-a"))
    ref = cloud.create(spec).ref
    cloud.sticky.add("disk")
    cloud.destroy(ref)
    assert cloud.find(ref) is None
    assert list(cloud.leftovers(spec.launch_id)) == [f"disk of launch {spec.launch_id} in mars-1-a"]
    cloud.sticky.clear()
    cloud.destroy(ref)
    assert cloud.billing == []


def test_another_computer_may_stop_or_remove_it() -> None:
    cloud = MemoryCloud()
    spec = samples.spec(samples.offer("mars-1-a"))
    ref = cloud.create(spec).ref
    cloud.set_state(spec.launch_id, State.STOPPED)
    found = cloud.find(ref)
    assert found
    assert found.state is State.STOPPED
    cloud.vanish(spec.launch_id)
    assert cloud.find(ref) is None
    assert cloud.billing == []


def test_what_is_not_on_the_shelf_is_named_with_what_is_near() -> None:
    with pytest.raises(UsageError) as caught:
        MemoryCloud().offers(GpuRequest(zones=("mars-1-z",)))
    assert "mars-1-z" in caught.value.brief
    assert "mars-1-" in caught.value.remedy


def test_an_instance_type_alone_is_a_request() -> None:
    offers = MemoryCloud().offers(GpuRequest(instance_type="rover-8"))
    assert [offer.gpu for offer in offers] == [Gpu("T4", 2)]
