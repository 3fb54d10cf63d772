"""One refusal of Google's, and one line of the table that says what it means. Knows no SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from cloudgpu.errors import CloudgpuError, ProviderError, RefusalKind, Scope
from cloudgpu.providers.gcp.refusals.telling import codes_in, folded, plain


@dataclass(frozen=True, slots=True)
class Refusal:
    """Google's own words. `codes`: the most telling first, the HTTP status among them as text. `settled`: an operation
    ended with it, so it is certain that nothing was made."""

    message: str
    codes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """A refusal as the table reads it: `codes` in one spelling, given ones and those that stand in the text; `words`
    without escapes and line breaks."""

    codes: frozenset[str]
    words: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal with one of these `codes`, or with these `words` in it (a pattern, whatever the case), is of this kind,
    reaches this far, and becomes this error."""

    kind: RefusalKind
    error: type[CloudgpuError] = ProviderError
    codes: str = ""
    words: str = ""
    brief: str = "Google refused the request."
    remedy: str = "https://cloud.google.com/compute/docs/troubleshooting"
    scope: Scope = Scope.ACCOUNT
    settled: bool = False

    def fits(self, told: Telling) -> bool:
        if self.settled and not told.settled:
            return False
        return not _codes(self.codes).isdisjoint(told.codes) or bool(
            self.words and _pattern(self.words).search(told.words)
        )


def reading(refusal: Refusal) -> Telling:
    """What the table goes by."""
    # whoever hands over a sentence as the code meant its words
    words = plain(" ".join((*(code for code in refusal.codes if " " in code.strip()), refusal.message)))
    codes = [code for given in refusal.codes for code in (folded(given), *codes_in(plain(given)))]
    return Telling(frozenset((*codes, *codes_in(words))) - {""}, words, refusal.settled)


@cache
def _codes(text: str) -> frozenset[str]:
    return frozenset(map(folded, text.split()))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
