"""A region brought in line with the settings: they say what an account has, and moto keeps it."""

from __future__ import annotations

from cloudgpu.rehearsal.ec2 import images, networks
from cloudgpu.rehearsal.ec2.cloud import Cloud
from cloudgpu.rehearsal.ec2.settings.regional import EVERYWHERE


def conform(cloud: Cloud, region: str) -> None:
    """Whatever was set since: give the region a default network or take it away, fill its subnets or free them, retire
    images or bring them back."""
    settings, ec2 = cloud.settings, cloud.engine.ec2(region)
    if cloud.is_new(region, "default_vpc"):
        networks.have_default(ec2, settings.default_vpc.get(region, settings.default_vpc.get(EVERYWHERE, True)))
    if cloud.is_new(region, "full_subnets"):
        networks.fill(ec2, frozenset(settings.full_subnets))
    if cloud.is_new(region, "images"):
        images.install(ec2, cloud.engine.ssm(region), settings.images.retired)
