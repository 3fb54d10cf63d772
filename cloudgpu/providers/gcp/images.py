"""Which machine image drives which GPU."""

from __future__ import annotations

_ACCELERATOR = (
    "projects/ubuntu-os-accelerator-images/global/images/family/ubuntu-accelerator-2404-amd64-with-nvidia-580"
)
_DEEP_LEARNING = "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"
# they need the proprietary kernel modules, which the accelerator images may lack
BEFORE_TURING = frozenset({"P4", "P100", "V100"})


def family_for(gpu_type: str) -> str:
    """An image family with the driver in it, in the form that `sourceImage` takes: Google picks the newest image of it,
    which saves the question."""
    return _DEEP_LEARNING if gpu_type in BEFORE_TURING else _ACCELERATOR
