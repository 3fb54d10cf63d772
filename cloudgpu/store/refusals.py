"""What clouds refused a while ago, in the memo's own file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from datetime import datetime, timezone

from cloudgpu.model import Origin, Refused
from cloudgpu.store import codec


def write(db: sqlite3.Connection, refused: Refused) -> None:
    """In place of what was known of the same offer in the same account."""
    offer = json.dumps([codec.encode(refused.origin), refused.zone, refused.instance_type, refused.spot])
    row = (offer, _moment(refused.at), codec.encode(refused))
    db.execute("insert or replace into refusal (offer, at, document) values (?, ?, ?)", row)


def read(db: sqlite3.Connection, origin: Origin, since: datetime) -> list[Refused]:
    """Oldest first; what is older than `since` is forgotten."""
    db.execute("delete from refusal where at < ?", (_moment(since),))
    found = []
    for (document,) in db.execute("select document from refusal order by at").fetchall():
        with suppress(codec.UnreadableError):  # of another version: a hint that is missing does no harm
            found.append(codec.decode(document, Refused))
    return [one for one in found if one.origin == origin]


def _moment(when: datetime) -> str:
    return when.astimezone(timezone.utc).isoformat(timespec="microseconds")
