"""Counting vCPUs against the account's quotas at each launch."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal.ec2.buckets import Bucket, bucket_of
from cloudgpu.rehearsal.ec2.errors import Refused
from cloudgpu.rehearsal.ec2.untyped import Backend, Instance

Types = Mapping[str, Mapping[str, Backend]]


def limit_of(quotas: Mapping[str, float], region: str, bucket: Bucket) -> float:
    return quotas.get(f"{region}/{bucket.code}", quotas.get(bucket.code, bucket.default))


def vcpus(types: Types, instance_type: str) -> int:
    return int(types[instance_type]["VCpuInfo"]["DefaultVCpus"])


def used(types: Types, ec2: Backend, bucket: Bucket) -> int:
    """vCPUs of the pending and running instances that draw on a quota."""
    return sum(
        vcpus(types, instance.instance_type)
        for instance in ec2.all_instances()
        if instance.state in ("pending", "running")
        and bucket_of(instance.instance_type, spot=_is_spot(instance)) == bucket
    )


def _is_spot(instance: Instance) -> bool:
    return bool(instance.lifecycle == "spot")


def grant(
    types: Types, ec2: Backend, quotas: Mapping[str, float], instance_type: str, *, spot: bool, least: int, most: int
) -> int:
    """How many of these may be launched now, at most `most`. Refused where that is fewer than `least`."""
    bucket = bucket_of(instance_type, spot=spot)
    if bucket is None:
        return most
    limit = limit_of(quotas, ec2.region_name, bucket)
    fitting = int(limit - used(types, ec2, bucket)) // vcpus(types, instance_type)
    if fitting >= least:
        return min(most, fitting)
    if spot:
        raise Refused("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    raise Refused(
        "VcpuLimitExceeded",
        f"You have requested more vCPU capacity than your current vCPU limit of {limit:g} allows for the instance"
        " bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request"
        " to request an adjustment to this limit.",
    )
