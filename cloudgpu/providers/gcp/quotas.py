"""The limits that an offer draws on, as Compute Engine tells them; its word when it refuses counts for more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudgpu.model import Offer, Quota
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.session import Session

# metered by GPU family in another API, not in what Compute Engine tells of a region
_BY_FAMILY = frozenset({"H100", "H100-MEGA", "H200", "B200", "RTX-PRO-6000"})


@dataclass(frozen=True, slots=True)
class _Metric:
    limit: float
    used: float


_Metrics = dict[str, _Metric]


class Quotas:
    """Each list of limits is fetched once for the life of this object: a plan asks for many offers in few regions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._project: _Metrics | None = None
        self._regions: dict[str, _Metrics] | None = None

    def refresh(self) -> str:
        """Ask for the project, keep its limits, return its name."""
        found = self._session.read(self._session.client(sdk.ProjectsClient).get)
        self._project = _metrics(found.quotas)
        return str(found.name)

    def of(self, offer: Offer) -> Sequence[Quota]:
        """What the cloud does not tell has `limit` None."""
        regional = self._in_region(offer.region)
        wanted = [(_gpu_metric(offer), offer.gpu.count)]
        if offer.instance_type.startswith("n1-"):
            wanted.append(("CPUS", offer.vcpus))
        return [self._all_regions(offer), *(self._regional(name, count, offer, regional) for name, count in wanted)]

    def _all_regions(self, offer: Offer) -> Quota:
        if self._project is None:
            self.refresh()
        # whether spot GPUs count against it is documented nowhere: advice, not a bar
        known = None if offer.spot else (self._project or {}).get("GPUS_ALL_REGIONS")
        return self._quota("GPUS_ALL_REGIONS", "global", known, offer.gpu.count)

    def _regional(self, metric: str, needed: int, offer: Offer, regional: _Metrics) -> Quota:
        """A spot machine draws on the preemptible limit if there is one, else on the normal one."""
        preemptible = regional.get(f"PREEMPTIBLE_{metric}")
        if offer.spot and (preemptible is None or preemptible.limit or metric not in regional):
            return self._quota(f"PREEMPTIBLE_{metric}", offer.region, preemptible, needed)
        return self._quota(metric, offer.region, regional.get(metric), needed)

    def _quota(self, name: str, scope: str, known: _Metric | None, needed: int) -> Quota:
        return Quota(
            name=name,
            scope=scope,
            limit=known.limit if known else None,
            used=known.used if known else None,
            needed=needed,
            remedy=f"https://console.cloud.google.com/iam-admin/quotas?project={self._session.project}",
        )

    def _in_region(self, region: str) -> _Metrics:
        if self._regions is None:
            found = self._session.pages(self._session.client(sdk.RegionsClient).list)
            self._regions = {one.name: _metrics(one.quotas) for one in found}
        return self._regions.get(region, {})


def _gpu_metric(offer: Offer) -> str:
    if offer.gpu.type in _BY_FAMILY and not offer.spot:
        return "GPUS_PER_GPU_FAMILY"
    return f"NVIDIA_{offer.gpu.type.replace('-', '_')}_GPUS"


def _metrics(quotas: Iterable[sdk.Quota]) -> _Metrics:
    return {str(quota.metric): _Metric(quota.limit, quota.usage) for quota in quotas}
