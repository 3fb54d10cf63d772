"""A growing text, read piece by piece: the startup script's log and the console."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cloudgpu.errors import MachineError, NoRouteError, ThrottledError, UnreachableError
from cloudgpu.model import InstanceRef, Record, State
from cloudgpu.protocols import HasConsole, Provider, Remote
from cloudgpu.rules import startup_log
from cloudgpu.rules.console import news
from cloudgpu.workflows.console import script_failed
from cloudgpu.workflows.deps import Deps
from cloudgpu.workflows.reachable import connected, found

Show = Callable[[str], None]


class Script:
    """The startup script's log, over a connection that is made anew when it breaks. `outcome`: the status' word;
    `state`: the machine's when it was last connected to; `why`: what kept SSH from answering."""

    def __init__(self, record: Record, deps: Deps, show: Show) -> None:
        self._record, self._deps, self._show = record, deps, show
        self._remote: Remote | None = None
        self._shown = 0
        self._seen = startup_log.Startup("running", "boot")
        self.state = State.PENDING
        self.why = ""

    @property
    def outcome(self) -> str:
        return self._seen.word

    @property
    def over(self) -> bool:
        """Whether the script has come to an end, good or bad."""
        return self.outcome in ("done", "failed")

    def more(self) -> bool:
        """Show what is new; whether SSH answered."""
        try:
            if self._remote is None:
                self._record, instance = found(self._record, self._deps)  # it may have come up, or be off by now
                self.state = instance.state
                self._remote = connected(self._record, self._deps)
            answer = self._remote.run(startup_log.piece(self._shown))
        except UnreachableError as error:
            self.close()
            self.why = error.code or error.brief
            return False
        self._seen, size, text = startup_log.split(answer.stdout)
        self._shown = size
        if text:
            self._show(text)
        if self.over:
            self.close()
        return True

    def failed(self) -> MachineError:
        """What it ended with; its log has been shown."""
        return script_failed(self._record.name, self._seen)

    def close(self) -> None:
        if self._remote is not None:
            self._remote.close()
        self._remote = None


class Console:
    """What the cloud keeps of a machine's console."""

    def __init__(self, provider: HasConsole, ref: InstanceRef, show: Show) -> None:
        self._provider, self._ref, self._show = provider, ref, show
        self._text = ""

    def more(self) -> bool:
        """Show what is new; whether there was any."""
        text = self._provider.console(self._ref)
        new = news(self._text, text)
        if new:
            self._text = text
            self._show(new)
        return bool(new)

    def heed(self, name: str) -> None:
        """MachineError where it says that the startup script failed."""
        seen = startup_log.on_console(self._text.splitlines())
        if seen is not None and seen.word == "failed":
            raise script_failed(name, seen)

    def off(self, provider: Provider) -> bool:
        """Whether nothing more can come."""
        with suppress(NoRouteError, ThrottledError):  # it is asked again
            instance = provider.find(self._ref)
            return instance is None or instance.state not in (State.PENDING, State.RUNNING)
        return False
