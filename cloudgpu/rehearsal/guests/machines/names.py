"""Who is who on the rehearsal's internet. Addresses are of the blocks for documentation: none of them is anybody's."""

from __future__ import annotations

GATEWAY, SHOP = "198.51.100.1", "198.51.100.2"  # the registry and DNS; the package repositories
PRIVATE_GATEWAY, METADATA = "10.128.0.1", "169.254.169.254"
REGISTRIES = ("registry-1.docker.io", "auth.docker.io", "docker.io", "nvcr.io", "quay.io", "gcr.io", "ghcr.io")
PLACES = (
    *("download.docker.com", "nvidia.github.io", "developer.download.nvidia.com"),
    *("deb.debian.org", "security.debian.org", "pypi.org"),
)
METADATA_NAMES = ("metadata.google.internal", "metadata")


def public(number: int) -> str:
    """The public address of guest number 11 to 250."""
    return f"198.51.100.{number}"


def private(number: int) -> str:
    return f"10.128.0.{number}"


def hardware(number: int) -> str:
    """The MAC address."""
    return f"02:00:0a:80:00:{number:02x}"
