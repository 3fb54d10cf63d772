"""The Service Quotas API for EC2's vCPU quotas. moto knows those of VPC only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudgpu.rehearsal.clock import Clock
from cloudgpu.rehearsal.ec2.buckets import BUCKETS, Bucket
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.increases import EC2, STATUSES, Increases, Told, arn
from cloudgpu.rehearsal.ec2.quotas import limit_of
from cloudgpu.rehearsal.ec2.settings import Settings

Params = Mapping[str, object]
_MOST_ROWS, _MOST_WANTED = 100, 10_000_000_000


class ServiceQuotas:
    """Answers by action."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._increases = Increases(settings, clock)

    def answer(self, region: str, action: str, params: Params) -> Told:
        """Refused for what the service refuses."""
        known: dict[str, Callable[[str, Params], Told]] = {
            "GetServiceQuota": self._get,
            "GetAWSDefaultServiceQuota": self._get_default,
            "ListServiceQuotas": self._list,
            "ListAWSDefaultServiceQuotas": self._list_default,
            "ListServices": lambda *_: {"Services": [EC2]},
            "RequestServiceQuotaIncrease": self._ask_for_more,
            "GetRequestedServiceQuotaChange": self._get_request,
            "ListRequestedServiceQuotaChangeHistory": self._history,
            "ListRequestedServiceQuotaChangeHistoryByQuota": self._history,
        }
        if action not in known:
            raise not_emulated(f"servicequotas {action}")
        if params.get("ServiceCode", "ec2") != "ec2":
            raise Refused("NoSuchResourceException", "The request failed because the specified service does not exist.")
        return known[action](region, params)

    def _get(self, region: str, params: Params) -> Told:
        return {"Quota": self._applied(region, _bucket(params))}

    def _get_default(self, region: str, params: Params) -> Told:
        bucket = _bucket(params)
        return {"Quota": _quota(region, bucket, bucket.default)}

    def _list(self, region: str, params: Params) -> Told:
        return _page([self._applied(region, bucket) for bucket in BUCKETS], "Quotas", params)

    def _list_default(self, region: str, params: Params) -> Told:
        return _page([_quota(region, bucket, bucket.default) for bucket in BUCKETS], "Quotas", params)

    def _applied(self, region: str, bucket: Bucket) -> Told:
        return _quota(region, bucket, limit_of(self._settings.quotas, region, bucket))

    def _ask_for_more(self, region: str, params: Params) -> Told:
        bucket, wanted = _bucket(params), float(str(params["DesiredValue"]))
        if not 0 <= wanted <= _MOST_WANTED:
            raise Refused("IllegalArgumentException", "Invalid input was provided.")
        allowed = params.get("SupportCaseAllowed") is not False
        return {"RequestedQuota": self._increases.file(region, bucket, wanted, case_allowed=allowed)}

    def _get_request(self, region: str, params: Params) -> Told:
        for one in self._increases.listed(region):
            if one["Id"] == params["RequestId"]:
                return {"RequestedQuota": one}
        raise Refused("NoSuchResourceException", "The request failed because the specified request does not exist.")

    def _history(self, region: str, params: Params) -> Told:
        """Of all quotas, or of one that has to be there."""
        code = _bucket(params).code if "QuotaCode" in params else ""
        status = params.get("Status")
        if status not in (None, *STATUSES):
            raise Refused("IllegalArgumentException", "Invalid input was provided.")
        found = [one for one in self._increases.listed(region, code) if status in (None, one["Status"])]
        return _page(found, "RequestedQuotas", params)


def _bucket(params: Params) -> Bucket:
    for bucket in BUCKETS:
        if bucket.code == params["QuotaCode"]:
            return bucket
    raise Refused("NoSuchResourceException", "The request failed because the specified quota does not exist.")


def _quota(region: str, bucket: Bucket, value: float) -> Told:
    dimensions = {"Class": bucket.usage_class, "Resource": "vCPU", "Service": "EC2", "Type": "Resource"}
    return EC2 | {
        "QuotaArn": arn(region, bucket),
        "QuotaCode": bucket.code,
        "QuotaName": bucket.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
        "UsageMetric": {
            "MetricNamespace": "AWS/Usage",
            "MetricName": "ResourceCount",
            "MetricDimensions": dimensions,
            "MetricStatisticRecommendation": "Maximum",
        },
    }


def _page(rows: list[Told], name: str, params: Params) -> Told:
    token, most = str(params.get("NextToken") or "0"), int(str(params.get("MaxResults", _MOST_ROWS)))
    if not 1 <= most <= _MOST_ROWS:
        raise Refused("IllegalArgumentException", "Invalid input was provided.")
    if not token.isdigit() or int(token) > len(rows):
        raise Refused("InvalidPaginationTokenException", "Invalid input was provided.")
    begin = int(token)
    end = begin + most
    return {name: rows[begin:end]} | ({"NextToken": str(end)} if end < len(rows) else {})
