"""start: a machine that was stopped comes back, with its notebook."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from cloudgpu.errors import ContainerError, NotFoundError, UsageError
from cloudgpu.events import Note, step
from cloudgpu.model import Container, Record
from cloudgpu.protocols import Remote
from cloudgpu.retry import until
from cloudgpu.workflows.arrive import arrive
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.notebook import answers, read_token, start_notebook
from cloudgpu.workflows.ready import check_machine
from cloudgpu.workflows.running import running
from cloudgpu.workflows.stop import able

_BACK_WITHIN = 90.0


def start(record: Record, deps: Deps) -> Record:
    """The record of a machine that runs, at the address that it has now, with Jupyter answering. CapacityError where
    its zone has no room for it: it stays stopped."""
    provider = able(deps.provider, record)
    if record.instance is None or deps.provider.find(record.instance.ref) is None:
        raise NotFoundError(
            f"{record.name} is not there any more.", remedy=f"cloudgpu destroy {record.name}  # and launch it again"
        )
    hourly, expires_at = record.instance.hourly, record.instance.expires_at
    if expires_at is not None and expires_at <= deps.now():
        raise UsageError(
            f"The lifetime of {record.name} is over: it would switch itself off at once.",
            remedy=f"cloudgpu destroy {record.name}  # and launch it again",
        )
    with step(deps.emit, f"start {record.name}") as say:
        say(f"a place in {record.instance.ref.zone}")
        started = provider.start(record.instance.ref, caller_cidr=deps.caller_cidr())
        started = running(started.ref, deps, say, first_boot=False)
    record = replace(record, instance=replace(started, hourly=hourly or started.hourly))
    deps.store.save(record)
    record, remote = arrive(record, deps, first_boot=False)
    with closing(remote):
        check_machine(remote, deps)
        if not _comes_back(record, remote, deps):
            record = start_notebook(record, _container(record, deps), remote, deps)
    record = replace(record, ready=True)
    deps.store.save(record)
    return record


def _comes_back(record: Record, remote: Remote, deps: Deps) -> bool:
    """Docker restarts the container with its machine, where it is still there."""
    silent = ContainerError("Jupyter did not come back.", remedy=f"cloudgpu launch {record.name}")
    try:
        token = read_token(record, remote)
        with step(deps.emit, "wait for Jupyter"):
            return until(
                lambda: answers(remote, record.jupyter_port or 8888, token),
                within=_BACK_WITHIN,
                otherwise=lambda: silent,
                sleep=deps.sleep,
            )
    except ContainerError:
        return False


def _container(record: Record, deps: Deps) -> Container:
    if record.container is None:
        raise ContainerError(
            f"{record.name} runs, and no notebook answers on it; which image it had is not known on this computer.",
            remedy=f"cloudgpu destroy {record.name}  # and launch it again",
        )
    deps.emit(Note(f"The notebook did not come back by itself; starting {record.container.image} again."))
    return Container(record.container.image, record.jupyter_port or 8888)
