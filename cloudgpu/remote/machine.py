"""A machine's shell over one SSH connection."""

from __future__ import annotations

import posixpath
import secrets
import shlex
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cloudgpu.errors import MachineError
from cloudgpu.model import CommandResult, SshTarget
from cloudgpu.remote import exchange, refusals, web

if TYPE_CHECKING:
    import paramiko

# The length is compared because a connection that breaks looks like the end of the content to `cat`.
_PUT = """umask 077
mkdir -p -- "$1" && cat > "$2" && [ "$(wc -c < "$2")" -eq "$5" ] && chmod "$4" "$2" && mv -f -- "$2" "$3" && exit 0
rm -f -- "$2"; exit 1"""
_LAST_LINES = 20


class Machine:
    """The seam `Remote` over a paramiko transport."""

    def __init__(self, transport: paramiko.Transport, target: SshTarget) -> None:
        self._transport = transport
        self._target = target

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60) -> CommandResult:
        """Run to the end. Status -1: a signal ended it. After a timeout the command may run on."""
        line = shlex.join(argv)
        channel = self._start(line, combine=False)
        with refusals.connected(self._target):
            status, out, err = exchange.talk(channel, stdin, timeout)
        if status == exchange.EXPIRED:
            raise MachineError(
                f"The command did not end within {timeout:g} seconds: {line[:200]}",
                details=_text(err),
                remedy=refusals.ASK,
            )
        if status == exchange.CUT_OFF:
            raise refusals.lost(self._target, "Connection closed", f"while running: {line[:200]}")
        return CommandResult(status, _text(out), _text(err))

    def stream(self, argv: Sequence[str]) -> Iterator[str]:
        line = shlex.join(argv)
        channel = self._start(line, combine=True)
        last: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            with refusals.connected(self._target):
                channel.shutdown_write()
                for raw in channel.makefile("rb"):
                    last.append(_text(raw).rstrip("\r\n"))
                    yield last[-1]
                status = exchange.end(channel)
        finally:
            channel.close()
        if status == exchange.CUT_OFF:
            raise refusals.lost(self._target, "Connection closed", "\n".join(last))
        if status != 0:
            raise MachineError(
                f"The command ended with status {status}: {line[:200]}",
                code=str(status),
                details="\n".join(last),
                remedy=refusals.ASK,
            )

    def put(self, content: bytes, path: str, *, mode: int = 0o644) -> None:
        folder, draft = posixpath.dirname(path) or ".", f"{path}.{secrets.token_hex(8)}"
        argv = ["sh", "-c", _PUT, "put", folder, draft, path, f"{mode:o}", str(len(content))]
        result = self.run(argv, stdin=content, timeout=60 + len(content) / 100_000)
        if not result.ok:
            raise MachineError(
                f"{path} could not be written on {self._target.host}.",
                code=str(result.status),
                details=result.stderr.strip(),
                remedy=refusals.ASK,
            )

    def get(self, url_path: str, *, port: int, token: str | None = None, timeout: float = 10) -> tuple[int, bytes]:
        return web.get(self._transport, self._target, url_path, port=port, token=token, timeout=timeout)

    def close(self) -> None:
        self._transport.close()

    def _start(self, line: str, *, combine: bool) -> paramiko.Channel:
        with refusals.connected(self._target):
            channel = self._transport.open_session(timeout=30)
            channel.set_combine_stderr(combine)
            channel.exec_command(line)
        return channel


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
