"""A machine's shell that answers from a script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from cloudgpu.errors import MachineError
from cloudgpu.model import CommandResult

Answer = CommandResult | Callable[[Sequence[str], bytes], CommandResult]
Page = tuple[int, bytes] | Callable[[str | None], tuple[int, bytes]]


class ScriptedRemote:
    """Implements `Remote`. The first of `answers` whose words begin the command line answers it: a result, or a
    function of the words and the standard input. A command that none fits ends with status 127, as in a shell.

    `pages` answer `get` by port and path: status and body, or a function of the token. `ran` lists the command lines,
    `stdins` what each was given, `files` and `modes` what was put where.
    """

    def __init__(
        self,
        answers: Iterable[tuple[Sequence[str], Answer]] = (),
        *,
        pages: Mapping[tuple[int, str], Page] | None = None,
    ) -> None:
        self.answers = [(list(prefix), answer) for prefix, answer in answers]
        self.pages = dict(pages or {})
        self.ran: list[list[str]] = []
        self.stdins: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self.modes: dict[str, int] = {}
        self.closed = False

    def run(self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float = 60) -> CommandResult:
        self._be_open()
        self.ran.append(list(argv))
        self.stdins.append(stdin)
        for prefix, answer in self.answers:
            if list(argv[: len(prefix)]) == prefix:
                return answer if isinstance(answer, CommandResult) else answer(argv, stdin)
        return CommandResult(127, "", f"sh: {argv[0]}: not found\n")

    def stream(self, argv: Sequence[str]) -> Iterator[str]:
        result = self.run(argv)
        lines = (result.stdout + result.stderr).splitlines()
        yield from lines
        if not result.ok:
            raise MachineError(
                f"{argv[0]} ended with status {result.status}.",
                remedy="cloudgpu logs",
                code=str(result.status),
                details="\n".join(lines[-20:]),
            )

    def put(self, content: bytes, path: str, *, mode: int = 0o644) -> None:
        self._be_open()
        self.files[path] = content
        self.modes[path] = mode

    def get(self, url_path: str, *, port: int, token: str | None = None, timeout: float = 10) -> tuple[int, bytes]:
        self._be_open()
        page = self.pages.get((port, url_path))
        if page is None:
            raise ConnectionRefusedError(f"nothing listens on port {port} of the machine")
        return page(token) if callable(page) else page

    def close(self) -> None:
        self.closed = True

    def _be_open(self) -> None:
        if self.closed:
            raise MachineError("The connection was closed.", remedy="cloudgpu status")
