"""What a stand-in asks of the daemon: the faults that are set, the pace, and the Python environment."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from .refused import Refused


def ask(what: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One question, one answer. Refused where the daemon cannot be reached."""
    host, _, port = os.environ["CLOUDGPU_REHEARSAL_CONTROL"].rpartition(":")
    question = {"key": os.environ["CLOUDGPU_REHEARSAL_KEY"], "ask": what, "request": dict(request or {})}
    try:
        with socket.create_connection((host, int(port)), timeout=900) as line:
            line.sendall(json.dumps(question).encode() + b"\n")
            answer = line.makefile("rb").readline()
        found: dict[str, Any] = json.loads(answer)
    except (OSError, ValueError) as error:
        raise Refused(
            "Cannot connect to the Docker daemon: the rehearsal is gone. Is the docker daemon running?"
        ) from error
    return found


def meet_fault(operation: str, request: Mapping[str, Any], status: int) -> None:
    """Suffer the fault that was set for this call, if there is one: Refused with its message and this status."""
    fault = ask("fault", {"operation": operation, "match": dict(request)})
    effect = fault.get("effect")
    if effect == "delay":
        time.sleep(fault["seconds"])
    elif effect == "timeout":
        time.sleep(86400)
    elif effect:
        raise Refused(fault["message"] or f"Error response from daemon: {fault['code'] or effect}", status)
