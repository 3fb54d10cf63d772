"""Dated tables; every price is USD per hour, Linux, before tax, and an empty one is not known.

Each with prices for more than one region says itself where it is from and of which day its prices are, in the comments
that it begins with; `tools/refresh_gcp_prices.py` and `tools/refresh_aws_prices.py` write these anew. Amazon's instance
types are DescribeInstanceTypes as of 2026-09-30 with the on-demand prices that us-east-1 had on 2026-07-20.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_AMAZONS_DATE = "2026-07-20"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/<name>.csv`, each a mapping from column to text."""
    return tuple(csv.DictReader(line for line in _lines(name) if not line.startswith("#")))


@cache
def source(name: str) -> Mapping[str, tuple[str, ...]]:
    """What the table says of itself: `date`, `source`; empty where it says nothing."""
    said: dict[str, tuple[str, ...]] = {}
    for line in _lines(name):
        if not line.startswith("#"):
            break
        key, _, value = line.lstrip("# ").partition(": ")
        said[key] = (*said.get(key, ()), value)
    return said


def _lines(name: str) -> list[str]:
    return files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()


def _date(name: str) -> str:
    return source(name).get("date", (_AMAZONS_DATE,))[0]


# of which day the figures are
SOURCES = {
    name: _date(name)
    for name in (
        *("gcp_machine_prices", "gcp_gpu_attach_prices", "gcp_gpu_zones", "aws_gpu_instances", "aws_gpu_prices"),
        "gpu_peaks",
    )
}
