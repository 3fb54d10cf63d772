"""Every library has a home, and the slow ones are not loaded before they are needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.house.tree import PACKAGE, Tree

HOMES: dict[str, tuple[str, ...]] = {
    "boto3": ("providers.aws",),
    "botocore": ("providers.aws",),
    "mypy_boto3_ec2": ("providers.aws",),
    "mypy_boto3_ssm": ("providers.aws",),
    "mypy_boto3_sts": ("providers.aws",),
    "mypy_boto3_service_quotas": ("providers.aws",),
    "google": ("providers.gcp",),
    "requests": ("providers.gcp",),
    "paramiko": ("remote",),
    "sshtunnel": ("remote",),
    "subprocess": ("remote", "rehearsal"),
    "sqlite3": ("store", "rehearsal.ledger"),
    "platformdirs": ("store", "cache", "rehearsal"),
    "click": ("cli",),
    "tomli": ("cli",),
    "tomllib": ("cli",),
    "rich": ("ui",),
    "tenacity": ("retry",),
    "moto": ("rehearsal",),
    "werkzeug": ("rehearsal",),
    "asyncssh": ("rehearsal",),
    "yaml": ("rehearsal",),
    "filelock": ("store",),
    "pytest": ("testing",),
    "cryptography": ("remote", "rehearsal"),
    "websocket": ("remote",),
}
GROUND = ("model", "errors", "events", "protocols", "data", "rules")
SLOW = {"boto3", "botocore", "google", "requests", "paramiko", "sshtunnel", "rich", "moto", "werkzeug", "asyncssh"}
# Loaded by commands that must be fast: whatever these load as they load has to be fast as well.
FAST = ("", "__main__", "api", "cli", "workflows", "store", "rules", "data", "providers.registry")


def strangers(tree: Tree) -> Iterator[str]:
    """Imports of a library outside its home, or of one that has none."""
    for module in tree.values():
        for one in module.imports:
            typing_only = one.when == "typing" and one.library == "_typeshed"
            if (
                typing_only
                or one.library == PACKAGE
                or (one.library not in HOMES and one.library in sys.stdlib_module_names)
            ):
                continue
            homes = HOMES.get(one.library, ())
            if not any(_inside(module.name, home) for home in homes):
                yield module.at(one.line, f"{one.library} lives in {' and '.join(homes) or 'no room of this house'}")


def slow_starts(tree: Tree) -> Iterator[str]:
    """Slow libraries that are loaded together with the modules of `FAST`."""
    waiting = [name for name in tree if any(_inside(name, home) and (home or name == PACKAGE) for home in FAST)]
    why = {name: name for name in waiting}
    while waiting:
        module = tree[waiting.pop()]
        for one in module.imports:
            if one.when != "loading":
                continue
            if one.library in SLOW:
                yield module.at(one.line, f"loads {one.library}, and is itself loaded by {why[module.name]}")
            for name in _with_parents(one.target):
                if name in tree and name not in why:
                    why[name] = why[module.name]
                    waiting.append(name)


def _inside(name: str, home: str) -> bool:
    full = f"{PACKAGE}.{home}".rstrip(".")
    return name == full or name.startswith(f"{full}.")


def _with_parents(target: str) -> list[str]:
    parts = target.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
