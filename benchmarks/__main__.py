"""`make bench`, or `python -m benchmarks [--only FIGURE] [--runs N] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks import launch, listing, sdk, search, start
from benchmarks.measure import Ratio

FIGURES: dict[str, Callable[[int], list[Ratio]]] = {
    "start": lambda runs: start.measure(runs * 5),
    "sdk": sdk.measure,
    "listing": listing.measure,
    "search": lambda runs: search.measure(min(runs, 2)),
    "launch": launch.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Every figure as a ratio of one run.")
    parser.add_argument("--only", choices=list(FIGURES))
    parser.add_argument("--runs", type=int, default=3, help="launches of each cloud; commands run five times as often")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    wanted = parser.parse_args()
    wanted_figures = [wanted.only] if wanted.only else list(FIGURES)
    found = [ratio for name in wanted_figures for ratio in FIGURES[name](wanted.runs)]
    print(f"{'':28}{'median':>10}{'base':>10}{'ratio':>8}{'limit':>8}   base is")
    for one in found:
        print(
            f"{one.what:28}{one.seconds:9.2f}s{one.base_seconds:9.2f}s{one.ratio:8.2f}{one.limit:8.2f}   {one.base}"
            + ("" if one.ratio <= one.limit else "   TOO MUCH")
        )
    document = json.dumps([asdict(one) | {"ratio": round(one.ratio, 3)} for one in found], indent=2)
    if wanted.json:
        wanted.json.write_text(document + "\n")
    print(document)

    raise SystemExit(any(one.ratio > one.limit for one in found))


if __name__ == "__main__":
    main()
