"""The limits that an offer draws on, as Google tells them; its word when it refuses counts for more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudgpu.model import Offer, Quota, QuotaAnswer
from cloudgpu.providers.gcp import metrics, sdk
from cloudgpu.providers.gcp.cloudquotas import CloudQuotas
from cloudgpu.providers.gcp.raising import raise_quota
from cloudgpu.providers.gcp.session import Session


@dataclass(frozen=True, slots=True)
class _Metric:
    limit: float | None
    used: float | None


_Metrics = dict[str, _Metric]
_UNKNOWN = _Metric(None, None)


class Quotas:
    """Each list of limits is fetched once for the life of this object: a plan asks for many offers in few regions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cloud_quotas = CloudQuotas(session)
        self._project: _Metrics | None = None
        self._regions: dict[str, _Metrics] | None = None

    def refresh(self) -> str:
        """Ask for the project, keep its limits, return its name."""
        found = self._session.read(self._session.client(sdk.ProjectsClient).get)
        self._project = _metrics(found.quotas)
        return str(found.name)

    def of(self, offer: Offer) -> Sequence[Quota]:
        """What the cloud does not tell has `limit` None."""
        regional = [self._regional(offer, *draw) for draw in metrics.regional(offer)]
        return [self._all_regions(offer), *regional]

    def raise_quota(self, quota: Quota, wanted: float, *, contact: str) -> QuotaAnswer:
        """As `protocols.CanRaiseQuota`. The limits are asked for again afterwards."""
        try:
            return raise_quota(self._cloud_quotas, quota, wanted, contact=contact)
        finally:
            self._project = self._regions = None
            self._cloud_quotas.forget()

    def _all_regions(self, offer: Offer) -> Quota:
        if self._project is None:
            self.refresh()
        known = (self._project or {}).get(metrics.ALL_REGIONS, _UNKNOWN)
        if offer.spot or offer.flex_start:  # whether these count against it is documented nowhere: no bar, then
            known = _UNKNOWN
        return self._quota(metrics.ALL_REGIONS, "global", known, offer.gpu.count, offer)

    def _regional(self, offer: Offer, metric: str, needed: float, preemptible: bool) -> Quota:
        """A preemptible machine draws on the limit of its own, unless that is 0: then on the normal one."""
        if preemptible and (offer.spot or offer.flex_start):
            own = metrics.preemptible(metric)
            known = self._told(own, offer.region)
            if known.limit != 0:
                return self._quota(own, offer.region, known, needed, offer)
        return self._quota(metric, offer.region, self._told(metric, offer.region), needed, offer)

    def _told(self, metric: str, region: str) -> _Metric:
        """By Compute Engine; for a GPU of which that says nothing, by the Cloud Quotas API."""
        if self._regions is None:
            found = self._session.pages(self._session.client(sdk.RegionsClient).list)
            # a region of which Google does not know just now comes with a warning in place of its limits
            self._regions = {one.name: _metrics(one.quotas) for one in found}
        known = self._regions.get(region, {})
        if metric in known or not metrics.counts_gpus(metric):
            return known.get(metric, _UNKNOWN)
        return _Metric(self._cloud_quotas.limit(*metrics.in_cloud_quotas(metric, region)), None)

    def _quota(self, name: str, scope: str, known: _Metric, needed: float, offer: Offer) -> Quota:
        total = math.ceil((known.used or 0) + needed)
        return Quota(name, scope, known.limit, known.used, needed, remedy=self._remedy(name, total, offer))

    def _remedy(self, name: str, total: int, offer: Offer) -> str:
        project = self._session.project
        if not metrics.counts_gpus(name):
            return f"https://console.cloud.google.com/iam-admin/quotas?project={project}"
        gpu = offer.gpu.type if offer.gpu.count == 1 else f"{offer.gpu.type}:{offer.gpu.count}"
        spot = " --spot" if offer.spot else ""
        return (
            f"cloudgpu quota --provider gcp --gpu {gpu} --region {offer.region}{spot} --request {total} "
            f"--contact YOU@EXAMPLE.COM --project {project}"
        )


def _metrics(quotas: Iterable[sdk.Quota]) -> _Metrics:
    return {str(quota.metric): _Metric(quota.limit, quota.usage) for quota in quotas}
