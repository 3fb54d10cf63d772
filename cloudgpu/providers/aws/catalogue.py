"""Which zones sell which GPU instance types now, as EC2 tells this account; kept on disk for some hours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cloudgpu import cache
from cloudgpu.errors import PolicyError, ProviderError
from cloudgpu.model import Gpu
from cloudgpu.providers.aws import regions as places
from cloudgpu.providers.aws.errors import aws_errors
from cloudgpu.providers.aws.prices import Machine, gpu_memory_gb
from cloudgpu.providers.aws.session import Account
from cloudgpu.providers.aws.stock import Stock, from_table, packed, unpacked
from cloudgpu.rules.catalog import gpu_of_aws

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeInfoTypeDef

FRESH = timedelta(hours=6)
_FAMILIES = ("g*", "p*")
_PAGE = 100
_UNREADABLE = ("UnauthorizedOperation", "AccessDenied")
_BY_POLICY = "service control policy"


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Catalogue:
    """Thread-safe. Asks nothing before `stocks`, and then a region not again for six hours, on this computer."""

    def __init__(self, account: Account, now: Callable[[], datetime] = _utc_now) -> None:
        self._account = account
        self._now = now
        self._known: dict[str, Stock] = {}
        self._lock = threading.Lock()

    def stocks(self, regions: Sequence[str], *, optional: Collection[str] = ()) -> list[Stock]:
        """What each region sells, in their order; the dated table's where these credentials may not read the lists.
        Left out: regions that an organization's policy closes, and those of `optional` that do not answer."""
        with self._lock:
            missing = [region for region in regions if not self._current(region)]
            for stock in places.over(self._account, missing, lambda region: self._asked(region, region in optional)):
                self._known[stock.region] = stock
            return [self._known[region] for region in regions if region in self._known]

    def forget(self, region: str) -> None:
        """Ask the region again next time: a zone refused what it was said to have."""
        with self._lock:
            self._known.pop(region, None)
            cache.drop(self._name(region))

    def _current(self, region: str) -> bool:
        known = self._known.pop(region, None) or unpacked(cache.load(self._name(region)), self._whose, region)
        if known and timedelta() <= self._now() - (known.seen_at or self._now()) < FRESH:
            self._known[region] = known
        return region in self._known

    def _name(self, region: str) -> str:
        return f"aws-{self._account.number()}-{region}"

    @property
    def _whose(self) -> tuple[str, str]:
        """One cloud's answer is none of another's: a rehearsal has the same file names."""
        return self._account.ec2(self._account.home).meta.endpoint_url, self._account.number()

    def _asked(self, region: str, optional: bool) -> list[Stock]:
        try:
            machines = self._machines(region)
            zones = self._zones(region, list(machines)) if machines else {}
        except ProviderError as error:
            if _only_the_lists(error):
                return [from_table(region, places.zones(self._account, region))]
            if optional:
                return []
            raise
        stock = Stock(region, self._now(), machines, zones)
        cache.save(self._name(region), packed(stock, self._whose))
        return [stock]

    def _machines(self, region: str) -> dict[str, Machine]:
        with aws_errors(region):
            pages = (
                self._account.ec2(region)
                .get_paginator("describe_instance_types")
                .paginate(
                    Filters=[{"Name": "instance-type", "Values": list(_FAMILIES)}], PaginationConfig={"PageSize": _PAGE}
                )
            )
            told = [one for page in pages for one in page["InstanceTypes"]]
        found = [one for one in map(_machine, told) if one is not None]
        return {one.instance_type: one for one in found}

    def _zones(self, region: str, types: list[str]) -> dict[str, tuple[str, ...]]:
        """Where each type is sold, at the edges of the network aside: another subnet, another price."""
        with aws_errors(region):
            pages = (
                self._account.ec2(region)
                .get_paginator("describe_instance_type_offerings")
                .paginate(LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": types}])
            )
            told = [(one["InstanceType"], one["Location"]) for page in pages for one in page["InstanceTypeOfferings"]]
        zones: dict[str, set[str]] = {name: set() for name in types}
        for name, zone in told:
            if zone[:-1] == region:
                zones[str(name)].add(zone)
        return {name: tuple(sorted(found)) for name, found in zones.items()}


def _only_the_lists(error: ProviderError) -> bool:
    """Is it the right to read these lists that is missing, and nothing more?"""
    return error.code in _UNREADABLE and not isinstance(error, PolicyError) and _BY_POLICY not in error.details


def _machine(told: InstanceTypeInfoTypeDef) -> Machine | None:
    """None for what has no NVIDIA GPU."""
    cards = [one for one in told.get("GpuInfo", {}).get("Gpus", []) if one.get("Manufacturer") == "NVIDIA"]
    if not cards:
        return None
    card, mib = cards[0], cards[0].get("MemoryInfo", {}).get("SizeInMiB", 0)
    gpu = Gpu(gpu_of_aws(card.get("Name", ""), mib), card.get("Count") or card.get("LogicalGpuCount") or 1)
    share = card.get("GpuPartitionSize") or 1.0
    return Machine(
        instance_type=str(told["InstanceType"]),
        gpu=gpu,
        gpu_memory_gb=gpu_memory_gb(gpu.type, mib, share),
        share=share,
        vcpus=told.get("VCpuInfo", {}).get("DefaultVCpus", 0),
        memory_gb=told.get("MemoryInfo", {}).get("SizeInMiB", 0) / 1024,
        nvme_gb=told.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
        arm="arm64" in told.get("ProcessorInfo", {}).get("SupportedArchitectures", []),
        usage=tuple(sorted(told.get("SupportedUsageClasses", []))),
    )
