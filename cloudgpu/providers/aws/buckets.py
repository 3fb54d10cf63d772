"""The vCPU limits of an account: each instance type draws on one of them, another one as spot."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from cloudgpu.model import Offer
from cloudgpu.providers.aws.prices import machines

UNIT = "vCPUs"


@dataclass(frozen=True, slots=True)
class Bucket:
    """`code` is the quota's in Service Quotas, None where only its name tells, which has all of `words`. `types` are
    the wildcards of the instance types that count."""

    name: str
    code: str | None
    types: tuple[str, ...]
    spot: bool = False
    words: tuple[str, ...] = ()

    def ask_for(self, vcpus: int, region: str, offer: Offer | None = None, profile: str | None = None) -> str:
        """The command that asks for a limit of so many vCPUs, in GPUs of the offer where there is one, and the page
        that takes any request."""
        page = self.page(region)
        if offer is not None:
            return f"{_in_gpus(vcpus, offer, profile)}  # or {page}"
        if self.code is None:
            return page
        return (
            "aws service-quotas request-service-quota-increase --service-code ec2"
            f" --quota-code {self.code} --desired-value {vcpus} --region {region}"
        )

    def page(self, region: str) -> str:
        """Where the limit is seen and asked for in a browser."""
        quota = f"/{self.code}" if self.code else ""
        return f"https://{region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas{quota}"


_G = ("g*", "vt*")
_BUCKETS: dict[tuple[str, bool], Bucket] = {
    ("g", False): Bucket("Running On-Demand G and VT instances", "L-DB2E81BA", _G),
    ("g", True): Bucket("All G and VT Spot Instance Requests", "L-3819A6DF", _G, spot=True),
    ("p", False): Bucket("Running On-Demand P instances", "L-417A185B", ("p*",)),
    ("p", True): Bucket("All P4, P3 and P2 Spot Instance Requests", "L-7212CCBC", ("p4*", "p3*", "p2*"), spot=True),
    ("p5", True): Bucket("All P5 Spot Instance Requests", "L-C4BD4855", ("p5*",), spot=True),
    # Which one holds for these is written nowhere in public.
    ("p6", True): Bucket("P6 Spot Instance Requests", None, ("p6*",), spot=True, words=("P6", "Spot")),
}


def bucket_of(instance_type: str, spot: bool) -> Bucket:
    """The limit that this type draws on."""
    family = "p" if instance_type.startswith("p") else "g"
    return _BUCKETS.get((instance_type[:2], spot)) or _BUCKETS[family, spot]


def bucket_named(name: str) -> Bucket:
    """KeyError for a name that none has."""
    return {bucket.name: bucket for bucket in _BUCKETS.values()}[name]


def _in_gpus(vcpus: int, offer: Offer, profile: str | None) -> str:
    """`cloudgpu quota --request` counts GPUs, in whole machines: of the smallest with this GPU, unless one is named."""
    gpus = math.ceil(vcpus / offer.vcpus) * offer.gpu.count
    words = ["cloudgpu", "quota", "--provider", "aws", *_meaning(offer), "--region", offer.region]
    words += ["--spot"] if offer.spot else []
    words += ["--request", str(gpus)]
    return shlex.join(words + (["--profile", profile] if profile else []))


def _meaning(offer: Offer) -> Iterator[str]:
    whole = {name: one for name, one in machines().items() if one.share == 1}
    smaller = any(one.gpu == offer.gpu and one.vcpus < offer.vcpus for one in whole.values())
    if smaller or offer.instance_type not in whole:
        yield from ("--instance-type", offer.instance_type)
    else:
        yield from ("--gpu", offer.gpu.type if offer.gpu.count == 1 else f"{offer.gpu.type}:{offer.gpu.count}")
