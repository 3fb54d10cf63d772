"""vCPU quotas as data."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal import reading
from cloudgpu.rehearsal.ec2.buckets import BUCKETS


def quotas(now: Mapping[str, float], value: object) -> dict[str, float]:
    """By quota code, or by `REGION/CODE` for one region; what is not named stays."""
    wanted = reading.mapping("quotas", value)
    codes = {bucket.code for bucket in BUCKETS}
    for key in wanted:
        if str(key).rpartition("/")[2] not in codes:
            raise ValueError(f"unknown quota {key!r}; known are {', '.join(sorted(codes))}")
    return {**now, **{str(key): reading.number(f"quota {key}", limit) for key, limit in wanted.items()}}
