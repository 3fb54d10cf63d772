"""The vCPU limits that an offer draws on, and how much of them is in use."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudgpu.errors import AuthError, NoRouteError, ProviderError
from cloudgpu.model import Offer, Quota
from cloudgpu.providers.aws.buckets import Bucket, bucket_of
from cloudgpu.providers.aws.errors import aws_errors, code_of
from cloudgpu.providers.aws.prices import machines
from cloudgpu.providers.aws.session import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef


class Limits:
    """Asks once for each region and limit, until `forget`: the offers of a launch share theirs."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._known: dict[tuple[str, str], tuple[float | None, float | None]] = {}
        self._lock = threading.Lock()

    def of(self, offer: Offer) -> list[Quota]:
        """What AWS does not tell, or these credentials may not ask, is None and blocks nothing."""
        bucket = bucket_of(offer.instance_type, offer.spot)
        with self._lock:
            key = (offer.region, bucket.name)
            if key not in self._known:
                self._known[key] = self._ask(offer, bucket)
            limit, used = self._known[key]
        vcpus = int(used or 0) + offer.vcpus
        return [
            Quota(bucket.name, offer.region, limit, used, offer.vcpus, remedy=bucket.ask_for(vcpus, offer.region)),
        ]

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    def _ask(self, offer: Offer, bucket: Bucket) -> tuple[float | None, float | None]:
        self._account.service_quotas(offer.region)
        self._account.ec2(offer.region)
        with ThreadPoolExecutor(2) as pool:
            limit = pool.submit(self._limit, offer.region, bucket)
            used = pool.submit(self._used, offer, bucket)
            return limit.result(), used.result()

    def _limit(self, region: str, bucket: Bucket) -> float | None:
        if bucket.code is None:
            return None
        client = self._account.service_quotas(region)
        try:
            with aws_errors(region):
                try:
                    return client.get_service_quota(ServiceCode="ec2", QuotaCode=bucket.code)["Quota"]["Value"]
                except ClientError as error:
                    if code_of(error) != "NoSuchResourceException":
                        raise
                default = client.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=bucket.code)
                return default["Quota"]["Value"]
        except (AuthError, NoRouteError):
            raise
        except ProviderError:
            return None

    def _used(self, offer: Offer, bucket: Bucket) -> float | None:
        try:
            with aws_errors(offer.region):
                pages = (
                    self._account.ec2(offer.region)
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
        return float(sum(_vcpus(one) for one in running if (one.get("InstanceLifecycle") == "spot") is offer.spot))


def _vcpus(instance: InstanceTypeDef) -> int:
    known = machines().get(instance["InstanceType"])
    told = instance.get("CpuOptions", {})
    return known.vcpus if known else told.get("CoreCount", 0) * told.get("ThreadsPerCore", 1)
