"""Dated tables. Where each figure is from stands in `SOURCES`; every price is USD per hour, Linux, before tax.

gcp_machine_prices.csv      list prices of 2026-08-03 (public price tables of the Karpenter GCP provider, Apache-2.0)
gcp_gpu_attach_prices.csv   the GPU part of N1 machines, same day
gcp_gpu_zones.csv           which zones have which accelerator
aws_gpu_instances.csv       DescribeInstanceTypes as of 2026-09-30; on-demand us-east-1 prices of 2026-07-20
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

SOURCES = {
    "gcp_machine_prices": "2026-08-03",
    "gcp_gpu_attach_prices": "2026-08-03",
    "gcp_gpu_zones": "2026-08-03",
    "aws_gpu_instances": "2026-07-20",
}


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/<name>.csv`, each a mapping from column to text."""
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
