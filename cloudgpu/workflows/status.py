"""status: one instance, as its cloud and its Jupyter say it is now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudgpu.errors import CloudgpuError
from cloudgpu.events import step
from cloudgpu.model import Record, State
from cloudgpu.workflows import host_keys
from cloudgpu.workflows.arrive import target_of
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.notebook import answers, read_token


@dataclass(frozen=True, slots=True)
class Status:
    """`gone`: the cloud has no such instance any more. `trouble`: why Jupyter does not answer, empty if it does."""

    record: Record
    gone: bool
    trouble: str


def status(record: Record, deps: Deps) -> Status:
    """Ask the cloud, then Jupyter over SSH; what is learnt is saved."""
    if record.instance is None:
        return Status(record, gone=False, trouble=f"the launch is unfinished: cloudgpu launch {record.name} resumes it")
    with step(deps.emit, "ask the cloud"):
        found = deps.provider.find(record.instance.ref)
    if found is None:
        return Status(record, gone=True, trouble="the instance is gone")
    record = replace(record, instance=replace(found, hourly=record.instance.hourly or found.hourly))
    deps.store.save(record)
    if host_keys.lack(record):
        record = host_keys.learn(record, deps)
    return Status(
        record, gone=False, trouble=_trouble(record, deps) if found.state is State.RUNNING else found.state.value
    )


def _trouble(record: Record, deps: Deps) -> str:
    try:
        with step(deps.emit, "ask Jupyter"):
            remote = deps.connect(target_of(record))
            try:
                ready = answers(remote, record.jupyter_port or 8888, read_token(record, remote))
            finally:
                remote.close()
    except CloudgpuError as error:
        return error.brief
    return "" if ready else "Jupyter does not answer on the machine"
