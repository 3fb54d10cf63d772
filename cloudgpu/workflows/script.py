"""Waiting for the startup script: its stage and its newest line are told, its failure is the end."""

from __future__ import annotations

from collections.abc import Callable

from cloudgpu.errors import MachineError, UnreachableError
from cloudgpu.events import Note, step
from cloudgpu.model import StepTime
from cloudgpu.protocols import Remote
from cloudgpu.retry import until
from cloudgpu.rules import stages, startup_log
from cloudgpu.rules.duration import short
from cloudgpu.workflows.console import Tail, script_failed, silent
from cloudgpu.workflows.deps import Deps

_ASK_EVERY = 1.0
_WORTH_TELLING = 5.0  # seconds


def wait_for_script(
    name: str, remote: Remote, deps: Deps, tail: Tail, connect: Callable[[], Remote]
) -> tuple[Remote, tuple[StepTime, ...]]:
    """Until it is done; the connection, which is another one where the machine has rebooted meanwhile, and how long
    each stage took. MachineError where it failed or a stage takes too long; the connection is closed then."""
    here: Remote | None = remote
    with step(deps.emit, "startup script") as say:

        def done() -> startup_log.Startup | None:
            nonlocal here
            try:
                here = here or connect()
                seen = startup_log.read(here.run(startup_log.PROBE).stdout)
            except UnreachableError as error:
                say(f"the machine to come back: {error.code or error.brief}")
                if here is not None:
                    here.close()
                here = None
                return None
            if seen.word == "failed":
                raise script_failed(name, seen)
            if words := stages.too_long(seen.stage, seen.seconds) if seen.word == "running" else "":
                raise _stuck(name, words, here)
            say(startup_log.told(seen))
            return seen if seen.word == "done" else None

        try:
            seen = until(
                done,
                within=stages.WITHIN,
                otherwise=lambda: silent(name, tail, "did not finish its startup script"),
                at_most=_ASK_EVERY,
                sleep=deps.sleep,
            )
        except BaseException:
            if here is not None:
                here.close()
            raise
    assert here is not None  # noqa: S101 - it has just answered
    if long := [f"{time.name} {short(time.seconds)}" for time in seen.times if time.seconds >= _WORTH_TELLING]:
        deps.emit(Note(f"On the machine: {', '.join(long)}."))
    return here, seen.times


def _stuck(name: str, words: str, remote: Remote) -> MachineError:
    log = remote.run(startup_log.LAST_LINES)
    return MachineError(
        f"The startup script of {name} does not get on: {words}.",
        remedy=startup_log.remedy(startup_log.Startup("failed", failure=log.stdout), name),
        details=log.stdout.strip(),
    )
