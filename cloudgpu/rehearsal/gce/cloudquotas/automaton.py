"""Who decides on requests for higher limits, and how: a setting, as the real one tells nobody its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REASONS = ("NO_VALID_BILLING_ACCOUNT", "NOT_SUPPORTED", "NOT_ENOUGH_USAGE_HISTORY", "OTHER")
_WORDS = ("grant", "refuse", "pending")


@dataclass(frozen=True, slots=True)
class Automaton:
    """`mood`: grant, refuse, pending (for ever), partly (at most `most`), ineligible (for `reason`; refuses)."""

    mood: str = "grant"
    most: int = 0
    reason: str = ""

    @classmethod
    def of(cls, wanted: object) -> Automaton:
        """From a setting: `"grant" | "refuse" | "pending" | {"partly": N} | {"ineligible": REASON}`. ValueError for
        anything else."""
        if isinstance(wanted, str) and wanted in _WORDS:
            return cls(wanted)
        if isinstance(wanted, Mapping) and len(wanted) == 1:
            ((mood, value),) = wanted.items()
            if mood == "partly" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                return cls(mood, most=value)
            if mood == "ineligible" and value in REASONS:
                return cls(mood, reason=str(value))
        forms = f"{', '.join(_WORDS)}, partly with a number, or ineligible with one of {', '.join(REASONS)}"
        raise ValueError(f"quota_requests takes {forms}, not {wanted!r}")

    @property
    def setting(self) -> object:
        """What `of` takes."""
        if self.mood == "partly":
            return {self.mood: self.most}
        return {self.mood: self.reason} if self.mood == "ineligible" else self.mood

    def grants(self, preferred: int, limit: int) -> int:
        """The limit that holds afterwards, where `limit` holds now. A decrease is granted always."""
        if preferred <= limit or self.mood == "grant":
            return preferred
        return min(preferred, max(self.most, limit)) if self.mood == "partly" else limit
