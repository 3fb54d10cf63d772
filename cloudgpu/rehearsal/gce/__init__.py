"""Compute Engine on this computer: strict against Google's discovery document, reached over HTTP only."""

from __future__ import annotations

from cloudgpu.rehearsal.gce.application import ComputeEngine
from cloudgpu.rehearsal.world import World

__all__ = ["ComputeEngine", "app"]


def app(world: World) -> ComputeEngine:
    """The WSGI application; `configure` turns its quotas and projects, `close` ends what it has under way."""
    return ComputeEngine(world)
