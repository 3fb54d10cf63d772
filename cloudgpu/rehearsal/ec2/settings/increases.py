"""Who decides on requests for higher quotas, and how: a setting, as the real one tells nobody its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WORDS = ("grant", "refuse", "pending", "case")


@dataclass(frozen=True, slots=True)
class Automaton:
    """`mood`: grant, refuse, pending (for ever), case (one is opened and stays open), partly (a case is closed with at
    most `most` vCPUs)."""

    mood: str = "grant"
    most: float = 0

    def decide(self, wanted: float, limit: float, *, case_allowed: bool) -> tuple[str, float]:
        """The status in the end, and the limit that holds then, where `limit` holds now."""
        if self.mood in ("case", "partly") and not case_allowed:
            return "NOT_APPROVED", limit
        if self.mood == "grant":
            return "APPROVED", wanted
        if self.mood == "partly":
            return "CASE_CLOSED", min(wanted, max(self.most, limit))
        return {"refuse": "DENIED", "pending": "PENDING", "case": "CASE_OPENED"}[self.mood], limit

    def shown(self) -> object:
        return {"partly": self.most} if self.mood == "partly" else self.mood


def quota_requests(_: Automaton, value: object) -> Automaton:
    """From `"grant" | "refuse" | "pending" | "case" | {"partly": N}`. ValueError for anything else."""
    if isinstance(value, str) and value in _WORDS:
        return Automaton(value)
    if isinstance(value, Mapping) and set(value) == {"partly"}:
        most = value["partly"]
        if isinstance(most, (int, float)) and not isinstance(most, bool) and most >= 0:
            return Automaton("partly", float(most))
    raise ValueError(f"quota_requests takes {', '.join(_WORDS)}, or partly with a number of vCPUs, not {value!r}")
