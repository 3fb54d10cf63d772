"""What the house does not do in its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.tree import Module, Tree

SILENT = (
    "model",
    "errors",
    "events",
    "protocols",
    "data",
    "rules",
    "retry",
    "providers",
    "remote",
    "store",
    "workflows",
)
WAITS = ("retry", "rehearsal", "testing")
CLOUDS = {"gcp", "aws", "ssh", "local"}
BROAD = {"Exception", "BaseException"}
VAGUE = re.compile(r"(Manager|Helpers?|Utils?|Handler|Base)$")
VAGUE_FILES = re.compile(r"^(utils?|helpers?|common|misc|manager|base)$")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
SILENCED = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w,\s-]*\])?)(?P<reason>.*)$"
)


def findings(tree: Tree) -> Iterator[str]:
    """Everything that somebody who reads the house rules would object to."""
    for module in tree.values():
        lines = module.text.splitlines()
        yield from _texts(module, lines)
        if VAGUE_FILES.match(module.name.rpartition(".")[2]):
            yield module.at(1, "a file's name says what is in it")
        if module.tree.body and "from __future__ import annotations" not in module.text and _has_code(module.tree):
            yield module.at(1, "begins without `from __future__ import annotations`")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _swallows(node) and not _commented(lines, node.lineno):
                yield module.at(node.lineno, "catches everything and gives no reason")
            elif isinstance(node, ast.ClassDef) and VAGUE.search(node.name):
                yield module.at(node.lineno, f"{node.name} is a name that says nothing")
            elif isinstance(node, ast.Call):
                yield from _calls(module, node)
            elif isinstance(node, ast.Compare) and module.room == "workflows" and _asks_who(node):
                yield module.at(node.lineno, "asks who a provider is instead of what it can")


def _texts(module: Module, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield module.at(number, f"is not finished: {line.strip()}")
        if (silenced := SILENCED.search(line)) and not silenced["reason"].strip(" -#:]"):
            yield module.at(number, "silences a tool and gives no reason")


def _calls(module: Module, node: ast.Call) -> Iterator[str]:
    called = ast.unparse(node.func)
    if called in ("print", "input", "breakpoint", "traceback.print_exc") and module.room in SILENT:
        yield module.at(node.lineno, f"{called} outside of ui and cli")
    if called in ("sys.stdout.write", "sys.stderr.write", "sys.exit") and module.room in SILENT:
        yield module.at(node.lineno, f"{called} outside of ui and cli")
    if called in ("time.sleep", "sleep") and module.room not in WAITS:
        yield module.at(node.lineno, "waits, and waiting has one home: retry.until")
    if called in ("os.system", "os.popen", "eval", "exec"):
        yield module.at(node.lineno, f"calls {called}")
    if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords):
        yield module.at(node.lineno, "hands a command line to a shell")


def _swallows(node: ast.ExceptHandler) -> bool:
    """Catches everything and does not hand it on."""
    last = node.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    if node.type is None:
        return True
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(ast.unparse(kind) in BROAD for kind in kinds)


def _commented(lines: list[str], number: int) -> bool:
    """A reason on the line itself or directly above or below it; the name of a silenced rule is none."""
    near = (lines[number - 1], lines[number - 2].strip(), lines[number].strip() if number < len(lines) else "")
    reasons = (near[0].partition("#")[2], *(line[1:] for line in near[1:] if line.startswith("#")))
    return any(re.sub(r"noqa(:\s*[A-Z]+\d+)?", "", reason).strip(" -#") for reason in reasons)


def _asks_who(node: ast.Compare) -> bool:
    return any(
        isinstance(part, ast.Constant) and part.value in CLOUDS for one in node.comparators for part in ast.walk(one)
    )


def _has_code(tree: ast.Module) -> bool:
    return any(not isinstance(node, (ast.Expr, ast.Assign)) for node in tree.body)
