#!/usr/bin/python3 -I
"""Stands for NVIDIA's nvidia-ctk: `runtime configure --runtime=docker` names the runtime in Docker's configuration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

CONFIG = Path("/etc/docker/daemon.json")


def main() -> int:
    if sys.argv[1:3] != ["runtime", "configure"]:
        sys.stdout.write("NVIDIA Container Toolkit CLI version 1.20.0 (rehearsal)\n")
        return 0
    found = json.loads(CONFIG.read_text() or "{}") if CONFIG.exists() else {}
    found.setdefault("runtimes", {})["nvidia"] = {"args": [], "path": "nvidia-container-runtime"}
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    CONFIG.write_text(json.dumps(found, indent=4))
    sys.stderr.write(f'level=info msg="Wrote updated config to {CONFIG}"\n')
    return 0


sys.exit(main())
