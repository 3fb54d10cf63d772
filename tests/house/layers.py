"""Imports only go down, nobody imports in a circle, neighbours never meet."""

from __future__ import annotations

from collections.abc import Iterator

from tests.house.tree import PACKAGE, Module, Tree

GROUND = {"model", "errors", "events", "protocols"}
DECIDING = GROUND | {"data", "rules"}
WORKING = DECIDING | {"retry"}

# room -> what it may import besides itself; functions' late imports count like all others
MAY: dict[str, set[str]] = {
    "model": set(),
    "errors": set(),
    "events": set(),
    "protocols": {"model", "errors", "events"},
    "data": set(),
    "rules": GROUND | {"data"},
    "retry": GROUND,
    "cache": set(),
    "providers": WORKING | {"cache"},
    "remote": WORKING,
    "store": WORKING,
    "workflows": WORKING | {"providers", "remote", "store"},
    "ui": DECIDING,
    "testing": WORKING,
    "rehearsal": {"data", "rules", "errors", "model"},
    "cli": WORKING | {"ui", "workflows", "providers", "remote", "store"},
    "api": WORKING | {"workflows", "providers", "remote", "store", "cli"},
    "__main__": {"cli"},
    "": {"api"},
}
# Only these know that a rehearsal can be going on.
KNOWS_REHEARSAL = ("cloudgpu.cli.wiring", "cloudgpu.cli.rehearsal")
NEIGHBOURS = ("cloudgpu.providers.gcp", "cloudgpu.providers.aws")


def wrong_directions(tree: Tree) -> Iterator[str]:
    """Imports of a room that the importing room may not know."""
    for module in tree.values():
        if module.room not in MAY:
            yield module.at(1, f"the room {module.room!r} is not in the plan of the house (tests/house/layers.py)")
            continue
        for one in module.imports:
            if one.library != PACKAGE or one.target == PACKAGE:
                continue
            room = one.target.split(".")[1]
            if room != module.room and room not in MAY[module.room] and not _rehearsal_door(module, room):
                yield module.at(one.line, f"{module.room or PACKAGE} may not import {room}")
            for mine, other in (NEIGHBOURS, NEIGHBOURS[::-1]):
                if module.name.startswith(mine) and one.target.startswith(other):
                    yield module.at(one.line, "one provider may not import another")


def _rehearsal_door(module: Module, room: str) -> bool:
    return room == "rehearsal" and module.name.startswith(KNOWS_REHEARSAL)


def cycles(tree: Tree) -> Iterator[str]:
    """Circles of imports, late ones included; what only the type checker sees is none."""
    edges = {
        name: {one.target for one in module.imports if one.when != "typing" and one.target in tree} - {name, PACKAGE}
        for name, module in tree.items()
    }
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leaving = waiting.pop()
            if leaving:
                done.add(path.pop())
            elif name in path:
                yield " -> ".join([*path[path.index(name) :], name])
            elif name not in done:
                path.append(name)
                waiting += [(name, True), *((target, False) for target in sorted(edges[name]))]
