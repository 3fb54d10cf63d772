"""EC2, SSM, STS and Service Quotas on this computer: moto, and before it a thin layer of what moto lacks."""

from __future__ import annotations

from cloudgpu.rehearsal.credentials import ACCESS_KEY, ACCOUNT, SECRET_KEY
from cloudgpu.rehearsal.ec2.front import Front
from cloudgpu.rehearsal.world import World

__all__ = ["ACCESS_KEY", "ACCOUNT", "SECRET_KEY", "Front", "app"]


def app(world: World) -> Front:
    """The WSGI application for one world. It begins to load at once, in the background."""
    return Front(world)
