"""A package's source, parsed: what its modules are called, how long they are, what they import and when."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PACKAGE = "cloudgpu"
When = Literal["loading", "late", "typing"]


@dataclass(frozen=True, slots=True)
class Import:
    """`target` is dotted and absolute; inside the package it is a module's name, elsewhere what stands in the source.
    `when`: as the module loads, inside a function, or for the type checker only."""

    target: str
    line: int
    when: When

    @property
    def library(self) -> str:
        return self.target.split(".")[0]


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    path: Path
    text: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def room(self) -> str:
        """The folder or file directly below the package; empty for the package itself."""
        return ".".join(self.name.split(".")[1:2])

    def at(self, line: int, what: str) -> str:
        return f"{self.name}:{line}: {what}"


Tree = Mapping[str, Module]


def read(root: Path) -> Tree:
    """The modules of `root/cloudgpu` by name."""
    files = {_name(root, path): path for path in sorted((root / PACKAGE).rglob("*.py"))}
    return {name: _module(name, path, set(files)) for name, path in files.items()}


def _name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, path: Path, known: set[str]) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    return Module(name, path, text, tree, tuple(_imports(tree, package, known, "loading")))


def _imports(node: ast.AST, package: str, known: set[str], when: When) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, when)
        elif isinstance(child, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
            base = ".".join([*above, *([child.module] if child.module else [])])
            for target in dict.fromkeys(_target(base, alias.name, known) for alias in child.names):
                yield Import(target, child.lineno, when)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for one in child.body:
                yield from _imports(ast.Module([one], []), package, known, "typing")
            for one in child.orelse:
                yield from _imports(ast.Module([one], []), package, known, when)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _imports(child, package, known, "late" if when == "loading" else when)
        else:
            yield from _imports(child, package, known, when)


def _target(base: str, name: str, known: set[str]) -> str:
    """`from a.b import c` means the module a.b.c where there is one, and else something in a.b."""
    if base.split(".")[0] != PACKAGE:
        return base
    return f"{base}.{name}" if f"{base}.{name}" in known else base
