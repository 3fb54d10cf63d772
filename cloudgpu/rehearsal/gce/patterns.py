"""The older kind of filter: `FIELD eq PATTERN` and `FIELD ne PATTERN`, regular expressions in RE2's syntax that have to
match the whole value. One condition without parentheses, or several in parentheses, all on the same field."""

from __future__ import annotations

import re

from cloudgpu.rehearsal.gce.comparisons import Predicate, field

_TERM = re.compile(r"(?P<field>[\w.-]+)\s+(?P<operator>eq|ne)\s+(?P<literal>\S.*)", re.DOTALL)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<inner>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""", re.DOTALL)
# what Python knows and RE2 does not: references back, looking around, comments, conditions, atoms, doubled repetition
_NOT_RE2 = re.compile(r"\\[1-9Z]|\(\?(?:[=!#(>]|<[=!]|P=|P>)|[*+?}][+*]")
# what RE2 knows and Python does not
_ONLY_RE2 = re.compile(r"\\[pPQEC]|\[\[:|\(\?[a-z-]*U")


def is_pattern(text: str) -> bool:
    """Is it of this kind at all?"""
    return _TERM.match(text.lstrip("( \t\n")) is not None


def parsed(text: str, schema: str) -> Predicate:
    """ValueError for a filter that Compute Engine does not take, such as one over two fields, or of both kinds."""
    terms = [_TERM.fullmatch(one) for one in _terms(text)]
    found = [(one["field"], one["operator"] == "eq", _compiled(one["literal"])) for one in terms if one]
    if len(found) < len(terms) or len({name for name, _, _ in found}) != 1:
        raise ValueError(text)
    of = field(found[0][0], schema)

    def fits(resource: dict[str, object]) -> bool:
        value = of.text(resource)
        return all((value is not None and bool(one.fullmatch(value))) == wanted for _, wanted, one in found)

    return fits


def _terms(text: str) -> list[str]:
    """What stands in each outermost pair of parentheses; the whole text where there are none around it."""
    text = text.strip()
    if not text.startswith("("):
        return [text]
    terms, at = [], 0
    while at < len(text):
        end = _closing(text, at)
        terms.append(text[at + 1 : end].strip())
        at = end + 1
        at += len(text[at:]) - len(text[at:].lstrip())
    return terms


def _closing(text: str, at: int) -> int:
    """Where the parenthesis that opens at `at` is closed; those in quotes and after a backslash do not count."""
    if text[at] != "(":
        raise ValueError(text)
    depth = 0
    while at < len(text):
        if (quoted := _QUOTED.match(text, at)) is not None:
            at = quoted.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 2 if text[at] == "\\" else 1
    raise ValueError(text)


def _compiled(literal: str) -> re.Pattern[str]:
    """In quotes of either kind, or bare and without blanks."""
    literal = literal.strip()
    quoted = _QUOTED.fullmatch(literal)
    if quoted is None and re.search(r"""\s|^["']""", literal):
        raise ValueError(literal)
    pattern = quoted["inner"].replace(f"\\{quoted['quote']}", quoted["quote"]) if quoted else literal
    if _NOT_RE2.search(_plain(pattern)) or _ONLY_RE2.search(_plain(pattern)):
        raise ValueError(pattern)
    try:
        return re.compile(pattern.replace(r"\z", r"\Z"))
    except re.error:
        raise ValueError(pattern) from None


def _plain(pattern: str) -> str:
    """Without escaped punctuation and without what stands in brackets, where nothing is special."""
    without = re.sub(r"\\[^\w\s]", "x", pattern)
    return re.sub(r"(?<!\[)\[\^?[^\[\]]+\]", "x", without)
