"""The Service Quotas API for EC2's vCPU quotas. moto knows those of VPC only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cloudgpu.rehearsal.credentials import ACCOUNT
from cloudgpu.rehearsal.ec2.buckets import BUCKETS, Bucket
from cloudgpu.rehearsal.ec2.errors import Refused, not_emulated
from cloudgpu.rehearsal.ec2.quotas import limit_of
from cloudgpu.rehearsal.ec2.settings import Settings

Params = Mapping[str, object]
Told = dict[str, object]
_EC2 = {"ServiceCode": "ec2", "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)"}


@dataclass(slots=True)
class ServiceQuotas:
    """Answers by action; requests for more are kept, one open for each quota and region."""

    settings: Settings
    _requests: list[Told] = field(default_factory=list)

    def answer(self, region: str, action: str, params: Params) -> Told:
        """Refused for what the service refuses."""
        known: dict[str, Callable[[str, Params], Told]] = {
            "GetServiceQuota": self._get,
            "GetAWSDefaultServiceQuota": self._get_default,
            "ListServiceQuotas": self._list,
            "ListAWSDefaultServiceQuotas": self._list_default,
            "ListServices": lambda *_: {"Services": [_EC2]},
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
        return _quota(region, bucket, limit_of(self.settings.quotas, region, bucket))

    def _ask_for_more(self, region: str, params: Params) -> Told:
        bucket, wanted = _bucket(params), float(str(params["DesiredValue"]))
        if wanted <= limit_of(self.settings.quotas, region, bucket):
            raise Refused("IllegalArgumentException", "The desired value must be greater than the current value.")
        if any(one["Status"] == "PENDING" and _same(one, region, bucket.code) for one in self._requests):
            raise Refused(
                "ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."
            )
        approved = self.settings.approve_increases
        if approved:
            self.settings.change({"quotas": {f"{region}/{bucket.code}": wanted}})
        now = time.time()
        asked: Told = _EC2 | {
            "Id": uuid.uuid4().hex + uuid.uuid4().hex[:8],
            "QuotaCode": bucket.code,
            "QuotaName": bucket.name,
            "QuotaArn": _arn(region, bucket),
            "DesiredValue": wanted,
            "Status": "APPROVED" if approved else "PENDING",
            "Created": now,
            "LastUpdated": now,
            "Requester": f'{{"accountId":"{ACCOUNT}","callerArn":"arn:aws:iam::{ACCOUNT}:user/rehearsal"}}',
            "GlobalQuota": False,
            "Unit": "None",
        }
        self._requests.append(asked)
        return {"RequestedQuota": asked}

    def _get_request(self, region: str, params: Params) -> Told:
        for one in self._requests:
            if one["Id"] == params["RequestId"] and _same(one, region):
                return {"RequestedQuota": one}
        raise Refused("NoSuchResourceException", "The request failed because the specified request does not exist.")

    def _history(self, region: str, params: Params) -> Told:
        code, status = str(params.get("QuotaCode", "")), params.get("Status")
        found = [
            one for one in self._requests if _same(one, region, code) and one["Status"] == (status or one["Status"])
        ]
        return _page(found[::-1], "RequestedQuotas", params)


def _bucket(params: Params) -> Bucket:
    for bucket in BUCKETS:
        if bucket.code == params["QuotaCode"]:
            return bucket
    raise Refused("NoSuchResourceException", "The request failed because the specified quota does not exist.")


def _same(asked: Told, region: str, code: str = "") -> bool:
    return str(asked["QuotaArn"]).split(":")[3] == region and code in ("", asked["QuotaCode"])


def _arn(region: str, bucket: Bucket) -> str:
    return f"arn:aws:servicequotas:{region}:{ACCOUNT}:ec2/{bucket.code}"


def _quota(region: str, bucket: Bucket, value: float) -> Told:
    dimensions = {"Class": bucket.usage_class, "Resource": "vCPU", "Service": "EC2", "Type": "Resource"}
    return _EC2 | {
        "QuotaArn": _arn(region, bucket),
        "QuotaCode": bucket.code,
        "QuotaName": bucket.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "UsageMetric": {
            "MetricNamespace": "AWS/Usage",
            "MetricName": "ResourceCount",
            "MetricDimensions": dimensions,
            "MetricStatisticRecommendation": "Maximum",
        },
    }


def _page(rows: list[Told], name: str, params: Params) -> Told:
    token, most = str(params.get("NextToken") or "0"), int(str(params.get("MaxResults") or 100))
    if not token.isdigit() or int(token) > len(rows):
        raise Refused("InvalidPaginationTokenException", "Invalid input was provided.")
    begin = int(token)
    end = begin + most
    return {name: rows[begin:end]} | ({"NextToken": str(end)} if end < len(rows) else {})
