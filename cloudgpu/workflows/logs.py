"""logs: what a machine, its startup script and its container have written, as far as it can be had."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from cloudgpu.errors import ContainerError, MachineError, NotFoundError, UnreachableError, UsageError
from cloudgpu.events import Note
from cloudgpu.model import Instance, Record, State
from cloudgpu.protocols import HasConsole, Remote
from cloudgpu.retry import until
from cloudgpu.rules import docker
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.following import Console, Script
from cloudgpu.workflows.reachable import OFF, connected, found

Show = Callable[[str], None]
_FOREVER = 366 * 86400.0
_EVERY, _SSH_EVERY, _CONSOLE_EVERY = 1.0, 2.0, 10.0  # seconds; clouds count how often a console is asked for


def startup(record: Record, deps: Deps, show: Show, *, follow: bool) -> None:
    """The startup script's log over SSH; where SSH does not answer, what the console has, and a note that says so.

    `follow`: until the script is done, through reboots; MachineError when it failed. NotFoundError where the machine is
    gone.
    """
    record, instance = found(record, deps)
    if instance.state in OFF:
        deps.emit(Note(f"{record.name} is {instance.state.value}: its log is on its disk. This is its console."))
        _console(record, instance, deps, show, follow=False)
        return
    with closing(Script(record, deps, show)) as script:
        if follow:
            _follow(record, instance, script, deps, show)
        elif not script.more():
            deps.emit(Note(f"SSH does not answer ({script.why}). This is what the console has."))
            _console(record, instance, deps, show, follow=False)


def _follow(record: Record, instance: Instance, script: Script, deps: Deps, show: Show) -> None:
    """By the console where SSH does not answer, then by the log itself."""
    listening = Console(deps.provider, instance.ref, show) if isinstance(deps.provider, HasConsole) else None

    def over() -> bool:
        if script.more():
            return script.over
        if script.state in OFF:
            raise MachineError(f"{record.name} is off.", remedy=f"cloudgpu status {record.name}")
        if listening is not None:
            listening.more()
            listening.heed(record.name)
        return False

    until(over, within=_FOREVER, otherwise=script.failed, every=_EVERY, at_most=_SSH_EVERY, sleep=deps.sleep)
    if script.outcome == "failed":
        raise script.failed()


def console(record: Record, deps: Deps, show: Show, *, follow: bool) -> None:
    """What the cloud keeps of the console. `follow`: until the machine is off. UsageError where it keeps none."""
    record, instance = found(record, deps)
    _console(record, instance, deps, show, follow=follow)


def container(record: Record, deps: Deps, show: Show, *, follow: bool) -> None:
    """The container's log. `follow`: until it ends. ContainerError where there is none."""
    record, instance = found(record, deps)
    with closing(_connected(record, instance, deps)) as remote:
        _container(record, remote, show, follow=follow)


def whichever(record: Record, deps: Deps, show: Show, *, follow: bool) -> None:
    """The container's log where one runs, else the startup script's."""
    record, instance = found(record, deps)
    if instance.state is State.RUNNING:
        try:
            remote = _connected(record, instance, deps)
        except UnreachableError:
            pass
        else:
            with closing(remote):
                if remote.run(docker.running()).stdout.strip():
                    _container(record, remote, show, follow=follow)
                    return
    startup(record, deps, show, follow=follow)


def _container(record: Record, remote: Remote, show: Show, *, follow: bool) -> None:
    if not remote.run(docker.inspect()).ok:
        raise ContainerError(
            f"There is no container on {record.name}.",
            remedy=f"cloudgpu logs {record.name} --startup",
        )
    for line in remote.stream(docker.all_logs(follow=follow)):
        show(f"{line}\n")


def _connected(record: Record, instance: Instance, deps: Deps) -> Remote:
    if instance.state is not State.RUNNING:
        raise MachineError(
            f"{record.name} is {instance.state.value}; what its container wrote is on its disk.",
            remedy=f"cloudgpu start {record.name}  # or: cloudgpu logs {record.name} --console",
        )
    return connected(record, deps)


def _console(record: Record, instance: Instance, deps: Deps, show: Show, *, follow: bool) -> None:
    if not isinstance(deps.provider, HasConsole):
        raise UsageError(
            f"{deps.provider.name} keeps no console of its machines.", remedy=f"cloudgpu logs {record.name} --startup"
        )
    listening = Console(deps.provider, instance.ref, show)
    if not listening.more() and not follow:
        off = "" if instance.state is State.RUNNING else f"; {record.name} is {instance.state.value}"
        deps.emit(Note(f"The cloud has nothing of its console{' yet' if not off else ''}{off}."))
    if follow:
        until(
            lambda: not listening.more() and listening.off(deps.provider),
            within=_FOREVER,
            otherwise=lambda: _gone(record),
            every=_EVERY,
            at_most=_CONSOLE_EVERY,
            sleep=deps.sleep,
        )


def _gone(record: Record) -> NotFoundError:
    return NotFoundError(f"{record.name} is gone.", remedy=f"cloudgpu destroy {record.name}")
