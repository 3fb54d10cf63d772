"""The list of what can be bought, whole, against golden files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from cloudgpu.model import Gpu, Offer
from cloudgpu.ui import offers
from tests.ui.conftest import Golden
from tests.ui.samples import NOON

SEEN = NOON - timedelta(minutes=3, seconds=5)
T4 = Offer(
    "gcp", "us-central1", "us-central1-a", "n1-standard-4", Gpu("T4"), 4, 15.0, Decimal("0.5400"), seen_at=SEEN,
    gpu_memory_gb=16,
)  # fmt: skip
H100 = replace(
    T4,
    instance_type="a3-highgpu-1g",
    gpu=Gpu("H100"),
    vcpus=26,
    memory_gb=234.0,
    hourly=Decimal("11.0612"),
    flex_start=True,
    gpu_memory_gb=80,
)
G4DN = Offer("aws", "us-east-1", "us-east-1a", "g4dn.12xlarge", Gpu("T4", 4), 48, 192.0, None, spot=True)
NEW = replace(T4, instance_type="z9-highgpu-1g", gpu=Gpu("nvidia-z9"), hourly=None, gpu_memory_gb=None, memory_gb=3.75)
ROWS: list[offers.Row] = [
    (T4, ["us-central1-a", "us-central1-f"], 8, "NVIDIA_T4_GPUS"),
    (H100, ["us-central1-a"], 0, "PREEMPTIBLE_NVIDIA_H100_GPUS"),
    (G4DN, ["us-east-1a", "us-east-1b"], None, None),
    (NEW, ["us-central1-ai1b"], None, None),
]


def test_a_table_and_its_age(golden: Golden) -> None:
    golden("offers", offers.screen(ROWS, now=NOON, everything=True, width=200))


def test_a_narrow_terminal_cuts_nothing(golden: Golden) -> None:
    screen = offers.screen(ROWS[:2], now=NOON, everything=False, width=70)
    golden("offers-narrow", screen)
    assert max(len(line) for line in screen.splitlines()) <= 70
    assert "retired" not in screen


def test_nothing_on_offer() -> None:
    assert offers.screen([], now=NOON, everything=True) == "No offers."


def test_the_days_of_a_cloud_that_nobody_knows() -> None:
    screen = offers.screen([(replace(G4DN, provider="mine"), ["x"], None, None)], now=NOON, everything=False)
    assert screen.endswith("mine: zones as of an unknown day, prices of an unknown day.")


def test_documents(golden: Golden) -> None:
    golden("document-offers", json.dumps([offers.document(*row) for row in ROWS], indent=2))
