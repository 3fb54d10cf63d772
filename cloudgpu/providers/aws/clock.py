"""How far this computer's clock is from AWS's, which takes no request that is signed more than minutes off."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

TOLERATED = timedelta(minutes=5)
_SIGNED = re.compile(r"(\d{8}T\d{6}Z) is (?:now earlier|still later) than \d{8}T\d{6}Z \((\d{8}T\d{6}Z) [-+]")
_UNSAID = "minutes off"


def told(words: str) -> str:
    """`1 h 45 min behind`, from AWS's words; `minutes off` where they say no times."""
    found = _SIGNED.search(words)
    if found is None:
        return _UNSAID
    try:
        ours, theirs = (datetime.strptime(text, "%Y%m%dT%H%M%SZ") for text in found.groups())
    except ValueError:
        return _UNSAID
    return spelt(ours - theirs)


def ahead(date: str, now: datetime) -> timedelta:
    """How far `now` is ahead of the `Date` of an answer that came just now; nothing where that says no time."""
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return timedelta()
    return now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=timezone.utc))


def spelt(difference: timedelta) -> str:
    """`1 h 45 min behind`, `20 min ahead`."""
    hours, minutes = divmod(round(abs(difference).total_seconds() / 60), 60)
    amount = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return f"{amount or 'less than a minute'} {'behind' if difference < timedelta() else 'ahead'}"
