"""Each rule of the house, seen to turn red on a made-up tree and to stay green beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import errors, layers, libraries, manners, sizes, traces
from tests.house.tree import Tree, read

ERRORS = """
class CloudgpuError(Exception):
    exit_code = 1
class QuotaError(CloudgpuError):
    exit_code = 3
"""
Rule = Callable[[Tree], Iterator[str]]


def build(root: Path, *files: str) -> Tree:
    """A package of these files (`name below cloudgpu/: text`), with everything else that a package needs."""
    for file in ("__init__.py:", f"errors.py:{ERRORS}", *files):
        name, _, text = file.partition(":")
        path = root / "cloudgpu" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.parents:
            if folder == root:
                break
            (folder / "__init__.py").touch()
        path.write_text(text and f"from __future__ import annotations\n{text.strip()}")
    return read(root)


RED = [
    (layers.wrong_directions, "import store", "rules/a.py: import cloudgpu.store.b", "store/b.py:"),
    (layers.wrong_directions, "import ui", "store/a.py: def f():\n from cloudgpu import ui", "ui/b.py:"),
    (layers.wrong_directions, "import store", "remote/a.py: from ..store import b", "store/b.py:"),
    (layers.wrong_directions, "import cli", "remote/a.py: if TYPE_CHECKING:\n import cloudgpu.cli.a", "cli/a.py:"),
    (layers.wrong_directions, "another", "providers/gcp/a.py: import cloudgpu.providers.aws.b", "providers/aws/b.py:"),
    (layers.wrong_directions, "import rehearsal", "cli/launch.py: import cloudgpu.rehearsal.a", "rehearsal/a.py:"),
    (layers.wrong_directions, "not in the plan", "attic/a.py: x: int = 1"),
    (layers.cycles, "rules.a -> ", "rules/a.py: import cloudgpu.rules.b", "rules/b.py: import cloudgpu.rules.a"),
    (layers.cycles, "ui.a -> ", "ui/a.py: def f():\n from . import b", "ui/b.py: from cloudgpu.ui.a import f"),
    (libraries.strangers, "boto3 lives in providers.aws", "workflows/a.py: def f():\n import boto3"),
    (libraries.strangers, "google lives in providers.gcp", "providers/aws/a.py: from google.cloud import compute_v1"),
    (libraries.strangers, "lives in remote and rehearsal", "cli/a.py: import subprocess"),
    (libraries.strangers, "no room", "cli/a.py: import flask"),
    (libraries.strangers, "sqlite3 lives in", "rehearsal/daemon.py: import sqlite3"),
    (libraries.slow_starts, "loads rich", "cli/a.py: from rich.console import Console"),
    (libraries.slow_starts, "loaded by cloudgpu.cli.a", "cli/a.py: from cloudgpu.ui import b", "ui/b.py: import rich"),
    (
        libraries.slow_starts,
        "cloudgpu.ui:2",
        "cli/a.py: import cloudgpu.ui.b",
        "ui/__init__.py: import rich",
        "ui/b.py:",
    ),
    (errors.without_remedy, "without a remedy", "store/a.py: raise CloudgpuError('no')"),
    (errors.without_remedy, "QuotaError without", "store/a.py: errors.QuotaError('no', remedy=' ')"),
    (errors.without_remedy, "without a word", "store/a.py: raise QuotaError"),
    (errors.without_remedy, "Mine without", "store/a.py: class Mine(QuotaError): pass\nraise Mine('no')"),
    (errors.unknown_statuses, "ends with 77", "store/a.py: class Mine(QuotaError):\n exit_code = 77"),
    (manners.findings, "catches everything", "store/a.py: try: f()\nexcept: pass"),
    (manners.findings, "no reason", "store/a.py: try: f()\nexcept (OSError, Exception):  # noqa: BLE001\n pass"),
    (manners.findings, "print outside", "workflows/a.py: print(1)"),
    (manners.findings, "one home", "remote/a.py: time.sleep(5)"),
    (manners.findings, "to a shell", "remote/a.py: subprocess.run('ls', shell=True)"),
    (manners.findings, "os.system", "remote/a.py: os.system('ls')"),
    (manners.findings, "what it can", "workflows/a.py: if provider.name in ('ssh', 'local'): f()"),
    (manners.findings, "says nothing", "store/a.py: class StoreManager: pass"),
    (manners.findings, "file's name", "store/utils.py: x: int = 1"),
    (manners.findings, "not finished", "store/a.py: x = 1  # TO" + "DO later"),
    (manners.findings, "gives no reason", "store/a.py: x = f()  # type: ig" + "nore[attr-defined]"),
    (manners.findings, "gives no reason", "store/a.py: x = f()  # no" + "qa: S105, S106"),
]


@pytest.mark.parametrize(("rule", "says", "files"), [(rule, says, files) for rule, says, *files in RED])
def test_red(tmp_path: Path, rule: Rule, says: str, files: list[str]) -> None:
    found = list(rule(build(tmp_path, *files)))
    assert any(says in one for one in found), found


GREEN = [
    (layers.wrong_directions, "cli/wiring.py: import cloudgpu.rehearsal.a", "rehearsal/a.py: import cloudgpu.errors"),
    (layers.cycles, "ui/a.py: if TYPE_CHECKING:\n from . import b", "ui/b.py: from . import a"),
    (libraries.strangers, "providers/gcp/a.py: import google.auth, json", "rehearsal/ledger.py: import sqlite3"),
    (libraries.slow_starts, "cli/a.py: def f():\n import cloudgpu.ui.b", "ui/b.py: import rich"),
    (errors.without_remedy, "store/a.py: raise QuotaError('no', remedy=f'cloudgpu {x}')"),
    (errors.without_remedy, "store/a.py: CloudgpuError('no', **words)"),
    (manners.findings, "store/a.py: try: f()\nexcept Exception:  # whatever it is, the next is tried\n pass"),
    (manners.findings, "store/a.py: try: f()\nexcept BaseException:\n undo()\n raise"),
    (manners.findings, "cli/a.py: print(1)", "retry.py: time.sleep(1)", "store/b.py: x = f()  # noqa: S105 - a path"),
    (manners.findings, "remote/a.py: if provider.name == 'gcp': f()"),
]


@pytest.mark.parametrize(("rule", "files"), [(rule, files) for rule, *files in GREEN])
def test_green(tmp_path: Path, rule: Rule, files: list[str]) -> None:
    assert not list(rule(build(tmp_path, *files)))


def test_long_files_are_red(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("true\n" * 301)
    (tmp_path / "b.py").write_text("pass\n" * 300)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "c.py").write_text("pass\n" * 999)
    assert [one.split(",")[0] for one in sizes.too_long(tmp_path)] == ["a.sh: 301 lines"]


@pytest.mark.parametrize("text", ["see /wo" + "rk/main/x", "/ho" + "me/alice/.ssh", "AKIA" + "Q2" * 8])
def test_traces_of_one_machine_are_red(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(f"one\n{text}\n")
    (found,) = traces.left_behind(tmp_path)
    assert found.startswith("README.md:2: ")


def test_binary_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\xff\xd8/wo" + b"rk/x")
    assert not list(traces.left_behind(tmp_path))
