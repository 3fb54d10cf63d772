"""Amazon EC2. Importing this imports no SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudgpu.model import Origin
    from cloudgpu.protocols import Provider


def open_provider(origin: Origin) -> Provider:
    """The account that boto3 finds by `origin.profile`, the environment and the AWS configuration. Asks nobody yet."""
    from cloudgpu.providers.aws.provider import Aws

    return Aws(origin)
