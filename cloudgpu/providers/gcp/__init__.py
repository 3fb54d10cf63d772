"""Google Compute Engine."""

from __future__ import annotations

from cloudgpu.model import Origin
from cloudgpu.protocols import Provider


def open_provider(origin: Origin) -> Provider:
    """The project that `origin` names, or the one of the credentials in force. AuthError where there are none: before
    the SDK is imported, which takes a while."""
    from cloudgpu.providers.gcp import adc

    adc.source()
    from cloudgpu.providers.gcp.provider import Gcp

    return Gcp(origin)
