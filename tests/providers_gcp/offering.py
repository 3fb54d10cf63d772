"""Offers whose quotas are of interest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from cloudgpu.model import Gpu, Offer, Quota
from cloudgpu.providers.gcp.provider import Gcp
from tests.providers_gcp.bed import Bed

REGION = "us-central1"
OpenAccount = Callable[[], Gcp]


def offer(gpu: str = "T4", count: int = 1, kind: str = "n1-standard-4", **more: object) -> Offer:
    made = Offer("gcp", REGION, f"{REGION}-a", kind, Gpu(gpu, count), 4, 15.0, Decimal("0.5"))
    return replace(made, **more)  # type: ignore[arg-type]  # fields of an Offer


A100, H100 = offer("A100", 1, "a2-highgpu-1g"), offer("H100", 8, "a3-highgpu-8g")
B200 = offer("B200", 8, "a4-highgpu-8g")


def named(gcp: Gcp, wanted: Offer, part: str) -> Quota:
    return next(one for one in gcp.quotas(wanted) if part in one.name)


def questions(bed: Bed, before: int) -> list[str]:
    """The paths asked for since, without those of signing in."""
    paths = [line.split()[1] for line in bed.asked[before:]]
    return [path for path in paths if path != "/token"]
