"""Faults as data: what goes wrong, in which call, how often."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

EFFECTS = ("error", "timeout", "reset", "delay", "lost_response", "late_response", "duplicate")
_AWS_ONLY = ("late_response", "duplicate")


@dataclass(slots=True)
class Fault:
    """One rule. `cloud` is gcp, aws or guest; `operation` the cloud's own name for the call
    (`compute.instances.insert`, `RunInstances`, `docker pull`); `match` must be a part of the request as the emulator
    flattens it (`{"zone": "..."}`).

    error          the cloud's own error format with `code`, `message`, `http_status`, `details`; `surface` says
                   whether Compute Engine answers it over HTTP or lets the operation end with it
    timeout        the request is held until the caller gives up; it is not carried out
    reset          the connection is reset; the request is not carried out
    delay          the answer comes `seconds` late
    lost_response  the request is carried out, then the connection is reset
    late_response  the request is carried out at once, and its answer comes `seconds` late (aws)
    duplicate      the request is carried out twice, as if it had been repeated on its way; the second answer is told
                   (aws)
    """

    cloud: str
    operation: str
    effect: str
    match: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    http_status: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)
    surface: str = ""
    seconds: float = 0.0
    times: int = 1


class Faults:
    """The rules in force, oldest first; each is used up after `times` matches (a negative number: never)."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, wanted: Mapping[str, Any]) -> Fault:
        """ValueError for an unknown field, cloud or effect."""
        known = {one.name for one in fields(Fault)}
        if unknown := sorted(set(wanted) - known):
            raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}")
        if missing := sorted({"cloud", "operation", "effect"} - set(wanted)):
            raise ValueError(f"missing field {missing[0]!r}")
        if wanted["effect"] not in EFFECTS:
            raise ValueError(f"unknown effect {wanted['effect']!r}; known are {', '.join(EFFECTS)}")
        if wanted["cloud"] not in ("gcp", "aws", "guest"):
            raise ValueError(f"unknown cloud {wanted['cloud']!r}; known are gcp, aws, guest")
        if wanted["effect"] in _AWS_ONLY and wanted["cloud"] != "aws":
            raise ValueError(f"the effect {wanted['effect']!r} is for aws only")
        fault = Fault(**dict(wanted))
        with self._lock:
            self._rules.append(fault)
        return fault

    def take(self, cloud: str, operation: str, request: Mapping[str, Any]) -> Fault | None:
        """The first rule that fits this request; one of its times is used up."""
        with self._lock:
            for rule in self._rules:
                fits = all(request.get(key) == value for key, value in rule.match.items())
                if rule.cloud == cloud and rule.operation == operation and rule.times and fits:
                    rule.times -= 1
                    return rule
        return None

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]
