"""`nvidia-smi` on a guest: the GPUs that the cloud sold, from a file. There is no GPU behind them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

DRIVER, CUDA = "580.159.04", "13.0"
_UNITS = {"memory": " MiB", "utilization": " %", "power": " W"}


def main(argv: list[str]) -> int:
    gpus = _visible(json.loads(Path(os.environ["CLOUDGPU_REHEARSAL_GPUS"]).read_text()))
    options = dict(word.partition("=")[::2] for word in argv)
    for option in options:
        if option not in ("-L", "--list-gpus", "--query-gpu", "--query-compute-apps", "--format"):
            return _say(f'Invalid combination of input arguments. Option "{option}" is not rehearsed.', 2)
    if "-L" in options or "--list-gpus" in options:
        return _say("\n".join(f"GPU {gpu['index']}: {gpu['name']} (UUID: {gpu['uuid']})" for gpu in gpus))
    if "--query-compute-apps" in options:
        return _say("pid, process_name, used_gpu_memory [MiB]" if "noheader" not in options.get("--format", "") else "")
    if "--query-gpu" in options:
        return _query(gpus, options["--query-gpu"].split(","), options.get("--format", "").split(","))
    rows = [f"| {gpu['index']:>3}  {gpu['name']:<40} 0MiB / {gpu['memory.total']}MiB |" for gpu in gpus]
    return _say("\n".join([f"| NVIDIA-SMI (rehearsal)  Driver Version: {DRIVER}  CUDA Version: {CUDA} |", *rows]))


def _visible(gpus: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = os.environ.get("NVIDIA_VISIBLE_DEVICES", "all")
    return [gpu for gpu in gpus if wanted == "all" or {gpu["index"], gpu["uuid"]} & set(wanted.split(","))]


def _query(gpus: list[dict[str, Any]], names: list[str], form: list[str]) -> int:
    names = [name.strip() for name in names]
    for name in names:
        if gpus and name not in gpus[0]:
            return _say(f'Field "{name}" is not a valid field to query.\n', 2)
    if form[0] != "csv":
        return _say('"--format=" switch is missing. "csv" must be specified.', 2)

    def unit(name: str) -> str:
        return "" if "nounits" in form else _UNITS.get(name.split(".")[0], "")

    lines = [", ".join(f"{gpu[name]}{unit(name)}" for name in names) for gpu in gpus]
    header = (
        [] if "noheader" in form else [", ".join(f"{name} [{u[1:]}]" if (u := unit(name)) else name for name in names)]
    )
    return _say("\n".join([*header, *lines]))


def _say(text: str, status: int = 0) -> int:
    if text:
        sys.stdout.write(f"{text}\n")
    return status
