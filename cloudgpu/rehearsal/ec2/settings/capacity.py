"""Capacity as data: which pools have nothing to give, and how a refusal reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from cloudgpu.rehearsal import reading

NONE_LEFT = "InsufficientInstanceCapacity"
CODES = (NONE_LEFT, "InsufficientCapacity", "Unsupported")
_PATTERNS = ("zone", "type", "market")
_RULE = frozenset({*_PATTERNS, "times", "late"})
_CAPACITY = frozenset({"dry", "hint", "code", "http_status", "seconds"})
_STATUSES = (500, 503)


@dataclass(slots=True)
class Dry:
    """Refused are launches whose `zone`, instance `type` and `market` (on-demand or spot) all fit these patterns (`*`
    is anything), `times` times (a negative number: always). With `late` the launch is accepted and the instance ends
    before it runs."""

    zone: str = "*"
    type: str = "*"
    market: str = "*"
    times: int = -1
    late: bool = False

    def fits(self, zone: str, type: str, market: str) -> bool:
        asked, wanted = (zone, type, market), (self.zone, self.type, self.market)
        return self.times != 0 and all(map(fnmatchcase, asked, wanted))


@dataclass(frozen=True, slots=True)
class Capacity:
    """`hint`: a refusal names the zones of the region that have what is missing; `code` and `http_status` (for the
    codes of missing capacity; `Unsupported` is a 400) are the error's; it takes `seconds`."""

    dry: tuple[Dry, ...] = ()
    hint: bool = True
    code: str = NONE_LEFT
    http_status: int = _STATUSES[0]
    seconds: float = 0.0

    def shown(self) -> dict[str, Any]:
        return {**asdict(self), "dry": [asdict(rule) for rule in self.dry]}


def capacity(_: Capacity, value: object) -> Capacity:
    """What is named replaces all there was. ValueError for anything unknown."""
    wanted = reading.mapping("capacity", value, _CAPACITY)
    rules = wanted.get("dry", [])
    if not isinstance(rules, (list, tuple)):
        raise ValueError(f"capacity.dry takes a list, not {rules!r}")
    status = wanted.get("http_status", _STATUSES[0])
    if status not in _STATUSES:
        raise ValueError(f"capacity.http_status is one of 500, 503, not {status!r}")
    return Capacity(
        dry=tuple(_dry(rule) for rule in rules),
        hint=reading.flag("capacity.hint", wanted.get("hint", True)),
        code=reading.text("capacity.code", wanted.get("code", NONE_LEFT), CODES),
        http_status=int(status),
        seconds=reading.seconds("capacity.seconds", wanted.get("seconds", 0.0)),
    )


def _dry(value: object) -> Dry:
    rule = reading.mapping("capacity.dry", value, _RULE)
    if not set(rule) & set(_PATTERNS):
        raise ValueError("each of capacity.dry names at least one of " + ", ".join(_PATTERNS))
    return Dry(
        **{name: reading.text(f"capacity.dry.{name}", rule[name]) for name in _PATTERNS if name in rule},
        times=reading.count("capacity.dry.times", rule.get("times", -1)),
        late=reading.flag("capacity.dry.late", rule.get("late", False)),
    )
