"""Which disk a machine starts from, and whether it has disks of its own besides."""

from __future__ import annotations

# Google refuses Persistent Disk on these, and has no Hyperdisk Balanced for most of the others
_HYPERDISK_ONLY = ("a3-ultragpu-", "a4-", "a4x-", "g4-")
_LOCAL_SSD = ("a2-ultragpu-", "a3-", "a4-", "a4x-", "g4-")


def disk_type(instance_type: str) -> str:
    """The type of the boot disk."""
    return "hyperdisk-balanced" if instance_type.startswith(_HYPERDISK_ONLY) else "pd-balanced"


def has_local_ssd(instance_type: str) -> bool:
    """Whether the machine type brings local SSDs, whose content does not outlive a stop."""
    return instance_type.startswith(_LOCAL_SSD)
