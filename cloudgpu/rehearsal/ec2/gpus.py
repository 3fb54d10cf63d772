"""The GPUs of an instance type under the names that nvidia-smi gives them."""

from __future__ import annotations

from collections.abc import Mapping

from cloudgpu.rehearsal.ec2.untyped import Backend

_NAMES = {
    "T4": "Tesla T4",
    "T4g": "NVIDIA T4G Tensor Core GPU",
    "V100": "Tesla V100-SXM2-32GB",
    "A10G": "NVIDIA A10G",
    "L4": "NVIDIA L4",
    "L40S": "NVIDIA L40S",
    "A100": "NVIDIA A100-SXM4-40GB",
    "H100": "NVIDIA H100 80GB HBM3",
    "H200": "NVIDIA H200",
    "B200": "NVIDIA B200",
    "B300": "NVIDIA B300 SXM6 AC",
    "RTX PRO 4500": "NVIDIA RTX PRO 4500 Blackwell Server Edition",
    "RTX PRO Server 6000": "NVIDIA RTX PRO 6000 Blackwell Server Edition",
}
_LARGE_A100_MIB = 50_000


def names(instance_type: Mapping[str, Backend]) -> tuple[str, ...]:
    """One name for each GPU; none for a type without NVIDIA GPUs."""
    found: list[str] = []
    for gpu in instance_type.get("GpuInfo", {}).get("Gpus", []):
        if gpu["Manufacturer"] != "NVIDIA":
            continue
        name = _NAMES.get(gpu["Name"], f"NVIDIA {gpu['Name']}")
        if gpu["Name"] == "A100" and gpu["MemoryInfo"]["SizeInMiB"] > _LARGE_A100_MIB:
            name = "NVIDIA A100-SXM4-80GB"
        found += [name] * (int(gpu.get("Count") or 0) or int(gpu.get("LogicalGpuCount") or 0))
    return tuple(found)
