"""The vCPU limits that an offer draws on, and how much of them is in use."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from cloudgpu.errors import AuthError, NoRouteError, ProviderError
from cloudgpu.model import Offer, Quota, QuotaAnswer
from cloudgpu.providers.aws.buckets import UNIT, Bucket, bucket_of
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.prices import machines
from cloudgpu.providers.aws.raising import raise_quota
from cloudgpu.providers.aws.servicequotas import ServiceQuotas
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

_AT_ONCE = 16
_Key = tuple[str, Bucket]  # a region and the limit
_Told = tuple["Future[float | None]", "Future[float | None]"]  # limit and use


class Limits:
    """Asks once for each region and limit, until `forget`: the offers of a launch share theirs. The first question
    asks for all that `expect` named, side by side."""

    def __init__(self, account: Account, profile: str | None = None) -> None:
        self._account = account
        self._profile = profile
        self._expected: set[_Key] = set()
        self._known: dict[_Key, _Told] = {}
        self._lock = threading.Lock()

    def expect(self, offers: Iterable[Offer]) -> None:
        """Whose limits will be asked for next, most likely."""
        self._expected = {_key(offer) for offer in offers}

    def of(self, offer: Offer) -> list[Quota]:
        """What AWS does not tell, or these credentials may not ask, is None and blocks nothing."""
        region, bucket = _key(offer)
        limit, used = self._told((region, bucket))
        vcpus = int(used or 0) + offer.vcpus
        remedy = bucket.ask_for(vcpus, region, offer, self._profile)
        return [Quota(bucket.name, region, limit, used, offer.vcpus, remedy=remedy, unit=UNIT)]

    def raise_quota(self, quota: Quota, wanted: float) -> QuotaAnswer:
        """As `protocols.CanRaiseQuota`. The limits are asked for again afterwards."""
        try:
            return raise_quota(ServiceQuotas(self._account, quota.scope), quota, wanted)
        finally:
            self.forget()

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    def _told(self, key: _Key) -> tuple[float | None, float | None]:
        with self._lock:
            if key not in self._known:
                self._ask({key, *self._expected} - self._known.keys())
            limit, used = self._known[key]
            try:
                return limit.result(), used.result()
            except ProviderError:
                del self._known[key]  # the next question may fare better
                raise

    def _ask(self, keys: Iterable[_Key]) -> None:
        """Returns when all of them have an answer or an error."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for region, bucket in keys:
                service = ServiceQuotas(self._account, region)
                self._account.ec2(region)  # made here: a session's clients are not made side by side
                limit, used = pool.submit(service.limit, bucket), pool.submit(self._used, region, bucket)
                self._known[region, bucket] = limit, used

    def _used(self, region: str, bucket: Bucket) -> float | None:
        try:
            with aws_errors(region):
                pages = (
                    self._account.ec2(region)
                    .get_paginator("describe_instances")
                    .paginate(
                        Filters=[
                            {"Name": "instance-state-name", "Values": ["pending", "running"]},
                            {"Name": "instance-type", "Values": list(bucket.types)},
                        ]
                    )
                )
                running = [one for page in pages for found in page["Reservations"] for one in found["Instances"]]
        except (AuthError, NoRouteError):
            raise
        except ProviderError:
            return None
        return float(sum(_vcpus(one) for one in running if (one.get("InstanceLifecycle") == "spot") is bucket.spot))


def _key(offer: Offer) -> _Key:
    return offer.region, bucket_of(offer.instance_type, offer.spot)


def _vcpus(instance: InstanceTypeDef) -> int:
    known = machines().get(instance["InstanceType"])
    told = instance.get("CpuOptions", {})
    return known.vcpus if known else told.get("CoreCount", 0) * told.get("ThreadsPerCore", 1)
