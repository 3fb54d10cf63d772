"""From a bought instance to a shell on a machine that is ready for a container."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cloudgpu.errors import MachineError, UnreachableError
from cloudgpu.events import Say, step
from cloudgpu.model import Record, SshTarget
from cloudgpu.protocols import HasHostKeys, Remote
from cloudgpu.retry import until
from cloudgpu.workflows.console import Tail, heed, silent
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.running import ASK_EVERY
from cloudgpu.workflows.script import wait_for_script

_KEYS_WITHIN, _SSH_WITHIN = 300.0, 300.0


def target_of(record: Record) -> SshTarget:
    """The SSH door of a record's instance. MachineError where it has no address or no known host key."""
    instance = record.instance
    if instance is None or instance.host is None:
        raise MachineError(f"{record.name} has no address.", remedy=f"cloudgpu status {record.name}")
    alias = f"cloudgpu-{record.launch_id}"
    return SshTarget(instance.host, instance.ssh_port, instance.user, alias, record.host_keys)


def arrive(record: Record, deps: Deps, *, first_boot: bool = True) -> tuple[Record, Remote]:
    """Take its host keys from the cloud's own channel, connect, wait for the startup script.

    MachineError, with the end of the console where the cloud keeps one, when a stage does not come to its end; of a
    `first_boot` at once when the console says that the script failed: of a later one it may still show an earlier boot.
    """
    assert record.instance is not None  # noqa: S101 - `place` has put it there
    ref = record.instance.ref
    tail = Tail(deps.provider, ref)

    def listen(say: Say, otherwise: str = "") -> None:
        if first_boot:
            heed(record.name, tail)
        if line := tail.newest() or otherwise:
            say(line)

    with step(deps.emit, "get its SSH host keys") as say:
        say("the machine to publish them through the cloud")
        keys = _host_keys(record, deps, tail, lambda: listen(say))
        instance = deps.provider.find(ref) or record.instance
    known = replace(instance, hourly=record.instance.hourly or instance.hourly)
    record = replace(record, instance=known, host_keys=keys)
    deps.store.save(record)
    with step(deps.emit, "connect by SSH") as say:
        remote = _connect(record, deps, tail, lambda words: listen(say, words))
    remote, times = wait_for_script(record.name, remote, deps, tail, lambda: deps.connect(target_of(record)))
    record = replace(record, startup=times or record.startup)
    deps.store.save(record)
    return record, remote


def _host_keys(record: Record, deps: Deps, tail: Tail, listen: Callable[[], None]) -> tuple[str, ...]:
    provider = deps.provider
    if not isinstance(provider, HasHostKeys):
        return ()
    assert record.instance is not None  # noqa: S101 - as above
    ref = record.instance.ref

    def published() -> tuple[str, ...]:
        keys = tuple(provider.host_keys(ref))
        if not keys:
            listen()
        return keys

    return until(
        published,
        within=_KEYS_WITHIN,
        otherwise=lambda: silent(record.name, tail, "did not publish its SSH host keys"),
        at_most=ASK_EVERY,
        sleep=deps.sleep,
    )


def _connect(record: Record, deps: Deps, tail: Tail, listen: Say) -> Remote:
    last: list[UnreachableError] = []

    def attempt() -> Remote | None:
        try:
            return deps.connect(target_of(record))
        except UnreachableError as error:
            last[:] = [error]
            listen(error.code or error.brief)
            return None

    return until(
        attempt,
        within=_SSH_WITHIN,
        otherwise=lambda: silent(record.name, tail, "could not be reached by SSH", last[0] if last else None),
        at_most=ASK_EVERY,
        sleep=deps.sleep,
    )
