"""Compute Engine's limits under the names of the Cloud Quotas API: which quota, which dimensions, which value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudgpu.rehearsal.gce import catalogue
from cloudgpu.rehearsal.gce.quotas import limit_name, usage
from cloudgpu.rehearsal.gce.settings.limits import BY_FAMILY, DEFAULTS, FAMILIES, PROJECT_WIDE
from cloudgpu.rehearsal.gce.state import Cloud

SERVICE = "compute.googleapis.com"


@dataclass(frozen=True, slots=True)
class Known:
    """One quota: `metric` as Compute Engine has it, without a family."""

    id: str
    metric: str
    dimensions: tuple[str, ...]

    def metrics(self, dimensions: Mapping[str, str]) -> list[str]:
        """The limits that these dimensions stand for."""
        if "gpu_family" not in self.dimensions:
            return [self.metric]
        return [f"{BY_FAMILY}/{one}" for one in FAMILIES if dimensions.get("gpu_family", one) == one]


@cache
def known() -> dict[str, Known]:
    """By id."""
    found = {}
    for metric in DEFAULTS:
        name, _, family = metric.partition("/")
        regional = metric not in PROJECT_WIDE
        dimensions = (*(("region",) if regional else ()), *(("gpu_family",) if family else ()))
        one = Known(limit_name(metric, regional=regional), name, dimensions)
        found[one.id] = one
    return found


def current(cloud: Cloud, quota: Known, dimensions: Mapping[str, str]) -> int:
    """The lowest limit that holds for these dimensions. Call with the lock held."""
    region = dimensions.get("region", "")
    where = [region] if region or "region" not in quota.dimensions else catalogue.regions()
    return int(min(cloud.settings.limit(metric, one) for metric in quota.metrics(dimensions) for one in where))


def in_use(cloud: Cloud, project: str, quota: Known, dimensions: Mapping[str, str]) -> int:
    """How much is used where these dimensions hold, at most. Call with the lock held."""
    metrics, region = quota.metrics(dimensions), dimensions.get("region")
    used = usage(cloud, project).items()
    return max((amount for (metric, where), amount in used if metric in metrics and region in (where, None)), default=0)


def rows(cloud: Cloud, quota: Known) -> Iterator[dict[str, Any]]:
    """`dimensionsInfos`: the more specific ones first; a limit of 0 is not written. Call with the lock held."""
    if "region" not in quota.dimensions:
        yield _row({}, cloud.settings.limit(quota.metric), ["global"])
        return
    regions, rest = list(catalogue.regions()), []
    for metric in quota.metrics({}):
        family = {"gpu_family": metric.partition("/")[2]} if "/" in metric else {}
        limits = {region: cloud.settings.limit(metric, region) for region in regions}
        usual = Counter(limits.values()).most_common(1)[0][0]
        for region, limit in limits.items():
            if limit != usual:
                yield _row({"region": region, **family}, limit, [region])
        rest.append(_row(family, usual, [one for one in regions if limits[one] == usual]))
    yield from rest
    if "gpu_family" in quota.dimensions:
        yield _row({}, 0, regions)


def _row(dimensions: Mapping[str, str], limit: float, locations: list[str]) -> dict[str, Any]:
    details = {"value": str(int(limit))} if limit else {}
    told = {"dimensions": dict(dimensions)} if dimensions else {}
    return {**told, "details": details, "applicableLocations": locations}
