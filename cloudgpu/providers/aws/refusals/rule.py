"""One refusal of AWS's, and one line of the table that says what it means. Knows no SDK."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache

from cloudgpu.errors import ProviderError, RefusalKind, Scope
from cloudgpu.providers.aws.refusals.telling import codes_in, folded, plain


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's own words. `codes`: error codes, codes of a StateReason, names of botocore's exceptions, the HTTP status as
    text; the most telling first."""

    message: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """A refusal as the table reads it: `codes` in one spelling, given ones and those that stand in the text; `words`
    without escapes and line breaks."""

    codes: frozenset[str]
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A refusal with one of these `codes` (`*` stands for any letters), or with these `words` in it (a pattern,
    whatever the case), is of this kind, reaches this far, and becomes this error. `again` None: as others of its
    kind."""

    kind: RefusalKind
    error: type[ProviderError] = ProviderError
    codes: str = ""
    words: str = ""
    brief: str = "AWS refused the request ({code})."
    remedy: str = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
    scope: Scope = Scope.ACCOUNT
    again: bool | None = None

    def fits(self, told: Telling) -> bool:
        exact, loose = _codes(self.codes)
        return (
            not exact.isdisjoint(told.codes)
            or any(one.match(code) for one in loose for code in told.codes)
            or bool(self.words and _pattern(self.words).search(told.words))
        )


def reading(refusal: Refusal) -> Telling:
    """What the table goes by."""
    # whoever hands over a sentence as the code meant its words
    words = plain(" ".join((*(code for code in refusal.codes if " " in code.strip()), refusal.message)))
    codes = [code for given in refusal.codes for code in (folded(given), *codes_in(plain(given)))]
    return Telling(frozenset((*codes, *codes_in(words))) - {""}, words)


@cache
def _codes(text: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    known = [folded(code) for code in text.split()]
    return frozenset(known), tuple(re.compile(translate(code)) for code in known if "*" in code)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
