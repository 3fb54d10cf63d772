#!/usr/bin/python3 -I
"""Stands for NVIDIA's hook: Docker looks for a program of this name when it starts, and runs it before a container that
asks for GPUs. Shows the machine's nvidia-smi to the container, as the real one does with the driver's files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SHARE = Path("/usr/share/rehearsal-gpu")
SMI = Path("/usr/bin/nvidia-smi")
WORDS = {
    "missing": "nvidia-container-cli: initialization error: nvml error: driver not loaded\n",
    "mismatch": "nvidia-container-cli: initialization error: nvml error: driver/library version mismatch\n",
}


def main() -> int:
    if sys.argv[1:2] != ["prestart"]:
        return 0
    state = json.load(sys.stdin)
    bundle = Path(state["bundle"])
    config = json.loads((bundle / "config.json").read_text())
    env = dict(one.partition("=")[::2] for one in config["process"]["env"])
    if env.get("NVIDIA_VISIBLE_DEVICES", "") in ("", "void", "none"):
        return 0
    trouble = (SHARE / "trouble").read_text().strip() if (SHARE / "trouble").exists() else ""
    if not SMI.exists() or trouble in WORDS:
        sys.stderr.write(WORDS.get(trouble, WORDS["missing"]))
        return 1
    root = bundle / config["root"]["path"]
    inside = ["nsenter", "--target", str(state["pid"]), "--mount", "--"]
    for path in (SMI, *sorted(SHARE.iterdir())):
        target = f"{root}{path}"
        subprocess.run([*inside, "mkdir", "-p", str(Path(target).parent)], check=True)
        subprocess.run([*inside, "touch", target], check=True)
        subprocess.run([*inside, "mount", "--bind", "-o", "ro", str(path), target], check=True)
    return 0


sys.exit(main())
