"""launch: the road, the way back, and taking up where an earlier run was killed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudgpu.errors import (
    CapacityError,
    CloudgpuError,
    ContainerError,
    MachineError,
    OutcomeUnknown,
    PermissionError_,
    QuotaError,
    UnreachableError,
    UsageError,
)
from cloudgpu.model import CommandResult, Instance, Record, SshTarget, State
from cloudgpu.protocols import Remote
from cloudgpu.rules.startup_log import PROBE
from cloudgpu.workflows import launch as launching
from cloudgpu.workflows.launch import launch
from tests.workflows.bench import ORIGIN, Bench, healthy

DOCKER = ["sudo", "-n", "docker"]


def instance_of(record: Record | None) -> Instance:
    assert record is not None
    assert record.instance is not None
    return record.instance


def test_a_launch_ends_with_a_notebook_that_takes_its_token(bench: Bench) -> None:
    record = launch(bench.plan(), bench.deps)
    assert record.ready
    assert instance_of(record).state is State.RUNNING
    assert record.container is not None
    assert record.container.gpu_ok
    assert bench.store.load("quiet-otter") == record
    assert [one.name for one in record.steps][-3:] == ["start container", "wait for Jupyter", "GPU in the container"]
    assert bench.targets[0].host_keys == bench.cloud.keys
    assert bench.targets[0].alias == "cloudgpu-c0ffee"


def test_the_token_is_in_a_private_file_and_in_no_command_line(bench: Bench) -> None:
    machine = healthy()
    bench.remote = machine
    launch(bench.plan(), bench.deps)
    token = machine.files[".cloudgpu/token"].decode()
    assert machine.modes[".cloudgpu/token"] == 0o600
    assert len(token) == 48
    assert not [argv for argv in machine.ran if any(token in word for word in argv)]
    assert token not in (bench.home / "store.sqlite").read_bytes().decode("latin-1")
    assert not [event for event in bench.events if token in repr(event)]


def test_dockers_warnings_are_told(bench: Bench) -> None:
    launch(bench.plan(), bench.deps)
    assert "this stands for the image" in bench.notes()


def test_out_of_stock_goes_on_to_the_next_zone_and_keeps_the_words(bench: Bench) -> None:
    bench.cloud.sell_out("mars-1-a", "mars-1-b", "mars-2-a")
    record = launch(bench.plan(), bench.deps)
    assert instance_of(record).ref.zone == "moon-1-a"
    assert [one.zone for one in record.attempts] == ["mars-1-a", "mars-1-b", "mars-2-a"]
    assert {one.code for one in record.attempts} == {"ZONE_RESOURCE_POOL_EXHAUSTED"}
    assert len(bench.cloud.billing) == 2  # one instance and its disk


def test_zones_that_the_cloud_names_are_tried_first(bench: Bench) -> None:
    hint = CapacityError("sold out", remedy="elsewhere", code="X", details="try moon-1-a", elsewhere=("moon-1-a",))
    bench.cloud.refuse("mars-1-a", hint)
    record = launch(bench.plan(), bench.deps)
    assert instance_of(record).ref.zone == "moon-1-a"
    assert len(record.attempts) == 1


def test_out_of_stock_everywhere_names_the_places_and_leaves_nothing(bench: Bench) -> None:
    bench.cloud.sell_out("mars-1-a", "mars-1-b", "mars-2-a", "moon-1-a")
    with pytest.raises(CapacityError, match=r"No capacity in any of the .* places asked: mars-1-a") as caught:
        launch(bench.plan(), bench.deps)
    assert caught.value.code == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert bench.cloud.bills == []
    assert bench.store.records() == []


@pytest.mark.parametrize(
    ("region", "zones"),
    [(None, ["mars-1-a"]), ("mars-1", ["mars-1-a", "mars-2-a", "moon-1-a", "moon-1-a"])],
)
def test_a_quota_ends_the_search_at_its_scope(bench: Bench, region: str | None, zones: list[str]) -> None:
    for zone in ("mars-1-a", "mars-1-b", "mars-2-a", "moon-1-a"):
        bench.cloud.refuse(zone, QuotaError("GPUS is 0", remedy="ask", region=region if "mars-1" in zone else "other"))
    asked: list[str] = []
    wanted = bench.plan()
    with pytest.raises(QuotaError):
        try:
            launch(wanted, bench.deps)
        finally:
            asked += [event.waiting_for for event in bench.events if hasattr(event, "waiting_for")]
    tried = [text.rpartition(" in ")[2] for text in asked if " in m" in text]
    assert tried[0] == zones[0]
    if region is None:
        assert tried == zones
    else:
        assert "mars-1-b" not in tried


def test_a_permission_ends_the_search_at_once(bench: Bench) -> None:
    bench.cloud.refuse("mars-1-a", PermissionError_("you may not", remedy="ask your admin"))
    with pytest.raises(PermissionError_):
        launch(bench.plan(), bench.deps)
    assert bench.cloud.calls.count("create") == 1
    assert bench.store.records() == []


def test_a_lost_answer_that_stays_lost_is_undone_by_launch_id(bench: Bench) -> None:
    bench.cloud.lose_answers()
    with pytest.raises(OutcomeUnknown):
        launch(bench.plan(), bench.deps)
    assert bench.cloud.billing == []
    assert len(bench.cloud.bills) == 2  # it had been made, and was removed


REFUSED = CommandResult(1, "", "no")
BROKEN = {
    "GPU on the machine": (["nvidia-smi"], MachineError),
    "Docker": ([*DOCKER, "info"], MachineError),
    "pull image": ([*DOCKER, "pull"], ContainerError),
    "GPU for containers": ([*DOCKER, "run", "--rm"], ContainerError),
    "start container": ([*DOCKER, "run", "--detach"], ContainerError),
    "wait for Jupyter": (["cat"], ContainerError),
    "GPU in the container": ([*DOCKER, "exec"], ContainerError),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No stage waits: what would fail after minutes fails at once."""
    from cloudgpu.rules import readiness, stages
    from cloudgpu.workflows import arrive, notebook, running

    for module, name in (
        (running, "_WITHIN"), (arrive, "_KEYS_WITHIN"), (arrive, "_SSH_WITHIN"), (notebook, "_JUPYTER_WITHIN"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(stages, "WITHIN", 0.0)
    monkeypatch.setattr(readiness, "CHECKS", tuple(replace(check, within=0) for check in readiness.CHECKS))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("stage", BROKEN)
def test_whatever_fails_on_the_machine_is_undone(bench: Bench, stage: str) -> None:
    argv, error = BROKEN[stage]
    bench.cloud.pending_finds = 0
    bench.remote = healthy((argv, REFUSED))
    with pytest.raises(error) as caught:
        launch(bench.plan(), bench.deps)
    assert caught.value.remedy
    assert caught.value.details == "no" or stage == "wait for Jupyter"
    assert stage in bench.failed()
    assert bench.cloud.billing == []
    assert bench.store.records() == []
    assert "Nothing of quiet-otter is left." in bench.notes()


@pytest.mark.usefixtures("impatient")
def test_a_machine_that_never_answers_ends_with_its_console(bench: Bench) -> None:
    def refuse(target: SshTarget) -> Remote:
        raise UnreachableError("Connection refused.", remedy="wait", code="ECONNREFUSED")

    bench.cloud.pending_finds = 0
    with pytest.raises(MachineError, match="could not be reached by SSH in time") as caught:
        launch(bench.plan(), replace(bench.deps, connect=refuse))
    assert "SSH HOST KEY KEYS" in caught.value.details
    assert bench.cloud.billing == []


@pytest.mark.usefixtures("impatient")
def test_a_machine_without_published_keys_is_not_trusted(bench: Bench) -> None:
    bench.cloud.keys, bench.cloud.pending_finds = (), 0
    with pytest.raises(MachineError, match="did not publish its SSH host keys"):
        launch(bench.plan(), bench.deps)
    assert bench.targets == []


def test_a_machine_that_is_taken_back_while_it_starts(bench: Bench) -> None:
    def vanish(seconds: float) -> None:
        bench.cloud.vanish("c0ffee")

    with pytest.raises(MachineError, match="gone again"):
        launch(bench.plan(), replace(bench.deps, sleep=vanish))
    assert bench.store.records() == []


def test_a_failed_startup_script_ends_the_launch_at_once(bench: Bench) -> None:
    bench.remote = healthy((PROBE, CommandResult(0, "failed docker 17\n", "")))
    with pytest.raises(MachineError, match="failed in its stage docker at line 17"):
        launch(bench.plan(), bench.deps)
    assert bench.cloud.billing == []


def test_a_finished_launch_is_found_and_one_that_is_gone_is_forgotten(bench: Bench) -> None:
    launch(bench.plan(), bench.deps)
    there = launching.unfinished("quiet-otter", bench.deps)
    assert there is not None
    assert there.ready
    bench.cloud.vanish("c0ffee")
    assert launching.unfinished("quiet-otter", bench.deps) is None
    assert bench.store.records() == []


def test_a_name_of_another_account_is_not_resumed(bench: Bench) -> None:
    bench.store.reserve("quiet-otter", "elsewhere", replace(ORIGIN, rehearsal=True))
    with pytest.raises(UsageError, match="a rehearsal"):
        launching.unfinished("quiet-otter", bench.deps)


def test_a_name_that_another_process_took_in_the_meantime(bench: Bench) -> None:
    made = bench.plan()
    bench.store.reserve("quiet-otter", "another", ORIGIN)
    with pytest.raises(UsageError, match="just been taken"):
        launch(made, bench.deps)
    assert bench.cloud.calls.count("create") == 0


def test_every_error_of_a_launch_has_a_remedy(bench: Bench) -> None:
    bench.cloud.sell_out("mars-1-a", "mars-1-b", "mars-2-a", "moon-1-a")
    with pytest.raises(CloudgpuError) as caught:
        launch(bench.plan(), bench.deps)
    assert caught.value.remedy
