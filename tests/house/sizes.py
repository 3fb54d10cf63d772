"""Small files: one concept each."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

LONGEST = 300
MEDIAN = 100
SKIPPED = {".git", ".venv", "dist", "build", ".hypothesis"}


def sources(root: Path, *endings: str) -> list[Path]:
    """The project's own files with one of these endings (all without any): what git has or would take."""
    if (root / ".git").exists():
        listed = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")
        found = [root / name for name in sorted(filter(None, names))]
    else:
        found = [path for path in sorted(root.rglob("*")) if not _left_by_tools(path.relative_to(root))]
    return [path for path in found if path.is_file() and (not endings or path.suffix in endings)]


def _left_by_tools(path: Path) -> bool:
    return any(part in SKIPPED or part.endswith(("_cache", "__pycache__", ".egg-info")) for part in path.parts)


def lengths(root: Path) -> dict[Path, int]:
    """Lines of every .py and .sh file that is not empty."""
    counted = {path: path.read_bytes().count(b"\n") for path in sources(root, ".py", ".sh")}
    return {path: lines for path, lines in counted.items() if lines}


def too_long(root: Path) -> Iterator[str]:
    for path, lines in lengths(root).items():
        if lines > LONGEST:
            yield f"{path.relative_to(root)}: {lines} lines, and {LONGEST} is the limit: split it by concept"
