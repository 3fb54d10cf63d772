"""Every error says what to do next, and ends with a status that is in the contract."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import Module, Tree

ROOT = "CloudgpuError"
STATUSES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}


def _classes(tree: Tree) -> dict[str, tuple[Module, ast.ClassDef]]:
    """The error classes by name, wherever they are defined."""
    defined = {
        node.name: (module, node)
        for module in tree.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = {ROOT} & set(defined)
    while True:
        more = {name for name, (_, node) in defined.items() if {ast.unparse(base) for base in node.bases} & found}
        if more <= found:
            return {name: defined[name] for name in found}
        found |= more


def without_remedy(tree: Tree) -> Iterator[str]:
    """Errors that are made without a remedy, or with an empty one."""
    names = set(_classes(tree))
    for module in tree.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in names:
                yield module.at(node.lineno, f"raises {node.exc.id} without a word")
            if not isinstance(node, ast.Call) or _called(node) not in names:
                continue
            remedy = next((word.value for word in node.keywords if word.arg == "remedy"), None)
            passed_on = any(word.arg is None for word in node.keywords)
            if (remedy is None and not passed_on) or _empty(remedy):
                yield module.at(node.lineno, f"{_called(node)} without a remedy")


def unknown_statuses(tree: Tree) -> Iterator[str]:
    """Exit statuses that the contract does not know."""
    for module, node in _classes(tree).values():
        for line in node.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "exit_code":
                value = line.value.value if isinstance(line.value, ast.Constant) else None
                if value not in STATUSES:
                    yield module.at(line.lineno, f"{node.name} ends with {ast.unparse(line.value)}")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def _empty(remedy: ast.expr | None) -> bool:
    return isinstance(remedy, ast.Constant) and not (isinstance(remedy.value, str) and remedy.value.strip())
