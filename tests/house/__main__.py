"""How large everything is."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.house.sizes import lengths

ROOT = Path(__file__).resolve().parents[2]

counted = lengths(ROOT)
product = {path: lines for path, lines in counted.items() if "tests" not in path.relative_to(ROOT).parts}
for title, some in (("product", product), ("with tests", counted)):
    longest = max(some, key=lambda path: some[path])
    print(
        f"house ({title}): {len(some)} files, {sum(some.values())} lines, median {median(some.values()):.0f}, "
        f"longest {longest.relative_to(ROOT)} with {some[longest]}"
    )
