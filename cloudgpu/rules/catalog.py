"""GPU models under one spelling, whatever a cloud calls them, and the images that have a short name."""

from __future__ import annotations

import re

from cloudgpu.errors import UsageError
from cloudgpu.model import Gpu
from cloudgpu.rules.suggest import did_you_mean

# our spelling -> (Google's accelerator type, the name in EC2's GpuInfo; empty where that cloud has none)
# -VWS: the same card with the licence of a virtual workstation, which costs more and needs another driver
GPUS: dict[str, tuple[str, str]] = {
    "K80": ("nvidia-tesla-k80", "K80"),
    "M60": ("", "M60"),
    "T4": ("nvidia-tesla-t4", "T4"),
    "T4G": ("", "T4g"),
    "P4": ("nvidia-tesla-p4", ""),
    "P100": ("nvidia-tesla-p100", ""),
    "V100": ("nvidia-tesla-v100", "V100"),
    "A10G": ("", "A10G"),
    "L4": ("nvidia-l4", "L4"),
    "L40S": ("", "L40S"),
    "A100": ("nvidia-tesla-a100", "A100"),
    "A100-80GB": ("nvidia-a100-80gb", ""),
    "H100": ("nvidia-h100-80gb", "H100"),
    "H100-MEGA": ("nvidia-h100-mega-80gb", ""),
    "H200": ("nvidia-h200-141gb", "H200"),
    "B200": ("nvidia-b200", "B200"),
    "B300": ("", "B300"),
    "GB200": ("nvidia-gb200", ""),
    "GB300": ("nvidia-gb300", ""),
    "RTX-PRO-4500": ("", "RTX PRO 4500"),
    "RTX-PRO-6000": ("nvidia-rtx-pro-6000", "RTX PRO Server 6000"),
    "T4-VWS": ("nvidia-tesla-t4-vws", ""),
    "P4-VWS": ("nvidia-tesla-p4-vws", ""),
    "P100-VWS": ("nvidia-tesla-p100-vws", ""),
}
_ALSO = {"A10040GB": "A100", "H10080GB": "H100", "H200141GB": "H200"}
# what was once to be had -> what does its work today
RETIRED = {"K80": "T4", "M60": "T4"}
# of one GPU, in GB
GPU_MEMORY_GB = {
    "K80": 12, "M60": 8, "T4": 16, "T4G": 16, "P4": 8, "P100": 16, "V100": 16, "A10G": 24, "L4": 24, "L40S": 48,
    "A100": 40, "A100-80GB": 80, "H100": 80, "H100-MEGA": 80, "H200": 141, "B200": 180, "B300": 288, "GB200": 186,
    "GB300": 279, "RTX-PRO-4500": 32, "RTX-PRO-6000": 96, "T4-VWS": 16, "P4-VWS": 8, "P100-VWS": 16,
}  # fmt: skip

# short name -> image that works today (facts of 2026-11: the official TensorFlow GPU images see no GPU since 2.18)
IMAGES: dict[str, str] = {
    "tensorflow": "quay.io/jupyter/tensorflow-notebook:cuda-latest",
    "pytorch": "quay.io/jupyter/pytorch-notebook:cuda12-latest",
    "ngc-pytorch": "nvcr.io/nvidia/pytorch:26.06-py3",
}
DEFAULT_IMAGE = "pytorch"


def _folded(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper()).removeprefix("NVIDIA")


def parse_gpu(text: str) -> Gpu:
    """`T4`, `l4:2`, `a100_80gb`, `nvidia-tesla-t4`: case and dashes forgiven. UsageError otherwise."""
    model, _, count = text.partition(":")
    by_folded = {_folded(spelling): name for name, theirs in GPUS.items() for spelling in (name, *theirs)} | _ALSO
    name = by_folded.get(_folded(model)) if _folded(model) else None
    if name is None:
        sold = [name for name in GPUS if name not in RETIRED]
        hint = did_you_mean(model, sold) or f"Known are {', '.join(sold)}."
        raise UsageError(f"There is no GPU {model!r} to be had.", remedy=f"{hint} cloudgpu launch --gpu T4")
    if count and not (re.fullmatch(r"\d{1,2}", count) and 1 <= int(count) <= 16):
        raise UsageError(f"{count!r} is not a number of GPUs.", remedy=f"cloudgpu launch --gpu {name}:1")
    return Gpu(name, int(count or 1))


def not_retired(gpu: Gpu, cloud: str) -> None:
    """UsageError for a GPU that the cloud has no more."""
    if (instead := RETIRED.get(gpu.type)) is not None:
        raise UsageError(f"{gpu.type} is retired on {cloud}.", remedy=f"use {instead}: cloudgpu launch --gpu {instead}")


def gpu_of_gcp(accelerator: str) -> str:
    """Our spelling of a Google accelerator type; the type itself where we have none."""
    return next((name for name, (gcp, _) in GPUS.items() if gcp == accelerator), accelerator)


def gpu_of_aws(name: str, memory_mib_each: int) -> str:
    """Our spelling of an EC2 GPU; A100s are told apart by their memory."""
    if name == "A100" and memory_mib_each > 50_000:
        return "A100-80GB"
    return next((ours for ours, (_, aws) in GPUS.items() if aws == name), name)


def resolve_image(text: str) -> str:
    """The image reference for a short name; any other reference is itself. UsageError for a misspelt short name."""
    if text in IMAGES:
        return IMAGES[text]
    if not re.fullmatch(r"[a-z0-9][\w./:@-]*", text):
        raise UsageError(
            f"{text!r} is not an image reference.",
            remedy=f"Write REGISTRY/NAME:TAG, or one of {', '.join(IMAGES)}.",
        )
    if "/" not in text and ":" not in text and (hint := did_you_mean(text, IMAGES)):
        raise UsageError(
            f"{text!r} is no short name of an image.", remedy=f"{hint} Or write it with a tag: {text}:latest"
        )
    return text
