"""Capacity as data: where there is nothing to be had, and how a refusal reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from cloudgpu.rehearsal import reading

REASONS = ("resource_availability", "configuration_availability", "gpu_availability", "stockout")
_PATTERNS = ("zone", "accelerator", "machine_type", "model")
_RULE = frozenset({*_PATTERNS, "times", "phantom_seconds"})
_CAPACITY = frozenset({"dry", "hint", "reason", "details", "seconds"})


@dataclass(slots=True)
class Dry:
    """Refused are machines whose `zone`, `accelerator` ("" for a machine without), `machine_type` and provisioning
    `model` all fit these patterns (`*` is anything), `times` times (a negative number: always). With
    `phantom_seconds` such a machine reaches STAGING, is still there when its operation has ended, and goes by itself
    that much later."""

    zone: str = "*"
    accelerator: str = "*"
    machine_type: str = "*"
    model: str = "*"
    times: int = -1
    phantom_seconds: float = 0.0

    def fits(self, zone: str, accelerator: str, machine_type: str, model: str) -> bool:
        asked = (zone, accelerator, machine_type, model)
        wanted = (self.zone, self.accelerator, self.machine_type, self.model)
        return self.times != 0 and all(map(fnmatchcase, asked, wanted))


@dataclass(frozen=True, slots=True)
class Capacity:
    """`hint`: a refusal names the zones of the region that have what is missing; `reason` and `details` are the
    error's; it takes `seconds` (None: what any operation takes)."""

    dry: tuple[Dry, ...] = ()
    hint: bool = True
    reason: str = REASONS[0]
    details: bool = True
    seconds: float | None = None

    def shown(self) -> dict[str, Any]:
        return {**asdict(self), "dry": [asdict(rule) for rule in self.dry]}


def capacity(value: object) -> Capacity:
    """What is named replaces all there was; null is plenty everywhere. ValueError for anything unknown."""
    wanted = reading.mapping("capacity", {} if value is None else value, _CAPACITY)
    rules = wanted.get("dry", [])
    if not isinstance(rules, (list, tuple)):
        raise ValueError(f"capacity.dry takes a list, not {rules!r}")
    after = wanted.get("seconds")
    return Capacity(
        dry=tuple(_dry(rule) for rule in rules),
        hint=reading.flag("capacity.hint", wanted.get("hint", True)),
        reason=reading.text("capacity.reason", wanted.get("reason", REASONS[0]), REASONS),
        details=reading.flag("capacity.details", wanted.get("details", True)),
        seconds=None if after is None else reading.seconds("capacity.seconds", after),
    )


def _dry(value: object) -> Dry:
    rule = reading.mapping("capacity.dry", value, _RULE)
    if not set(rule) & set(_PATTERNS):
        raise ValueError("each of capacity.dry names at least one of " + ", ".join(_PATTERNS))
    times = rule.get("times", -1)
    if isinstance(times, bool) or not isinstance(times, int):
        raise ValueError(f"capacity.dry.times is a whole number, not {times!r}")
    for name in _PATTERNS:
        if not isinstance(rule.get(name, "*"), str):
            raise ValueError(f"capacity.dry.{name} is a pattern, not {rule[name]!r}")
    return Dry(
        **{name: rule[name] for name in _PATTERNS if name in rule},
        times=times,
        phantom_seconds=reading.seconds("capacity.dry.phantom_seconds", rule.get("phantom_seconds", 0.0)),
    )
