"""Requests and answers as they went over the wire, without anybody's secrets: recorded, kept in files, compared.

    with recording({project: PROJECT, number: NUMBER}) as recorder:
        ...                                         # whatever asks Google, by google-cloud-compute or AuthorizedSession
    write(path, recorder.exchanges, source="real")

Only calls of the APIs are recorded, and of them neither headers nor tokens. Read what was written before you give it
away: names that you chose yourself, of a network for example, are still in it unless you said so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from cloudgpu.rehearsal.gce import strict
from cloudgpu.rehearsal.gce.discovery import document
from cloudgpu.rehearsal.gce.errors import ApiError
from tests.scrubbing import Scrub

_API = re.compile(r"/(?:compute/)?v\d\w*/(?:projects|folders|organizations)/")
_TRANSPORT = ("alt", "$alt", "prettyPrint", "key")
_LONG = 2


@dataclass(frozen=True, slots=True)
class Exchange:
    """`method`: its id in the discovery document, empty for another API's; `status` 0: no answer came."""

    method: str
    verb: str
    path: str
    query: Mapping[str, Any]
    request: Any
    status: int
    response: Any

    def question(self) -> str:
        """What was asked, to be compared."""
        return json.dumps([self.verb, self.path, self.query, self.request], sort_keys=True)


@dataclass
class Recorder:
    scrub: Scrub
    exchanges: list[Exchange] = field(default_factory=list)

    def take(self, asked: requests.PreparedRequest, answer: requests.Response | None) -> None:
        url = urlsplit(str(asked.url))
        if not _API.match(url.path):
            return
        path = unquote(url.path)
        found = document().match(str(asked.method), path)
        query = {name: ones if len(ones) > 1 else ones[0] for name, ones in parse_qs(url.query).items()}
        self.exchanges.append(
            Exchange(
                method=found[0].id if found else "",
                verb=str(asked.method),
                path=self.scrub.text(path),
                query=self.scrub.value({name: one for name, one in query.items() if name not in _TRANSPORT}),
                request=self.scrub.value(_json(asked.body)),
                status=answer.status_code if answer is not None else 0,
                response=_short(self.scrub.value(_json(answer.content))) if answer is not None else None,
            )
        )


@contextmanager
def recording(known: Mapping[str, str]) -> Iterator[Recorder]:
    """All that goes through `requests` meanwhile, from any thread. `known`: what is to be hidden, and by what."""
    recorder, send = Recorder(Scrub(known)), HTTPAdapter.send

    def watched(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        try:
            answer = send(self, request, *args, **more)
        except requests.RequestException:
            recorder.take(request, None)
            raise
        recorder.take(request, answer)
        return answer

    HTTPAdapter.send = watched  # type: ignore[method-assign]  # every session and every subclass ends here
    try:
        yield recorder
    finally:
        HTTPAdapter.send = send  # type: ignore[method-assign]


def condensed(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Each question with each status once: where it was asked again and again, with the latest answer."""
    latest = {(one.question(), one.status): one for one in exchanges}
    return list(latest.values())


def write(path: Path, exchanges: Sequence[Exchange], *, source: str) -> None:
    """`source`: `emulator` or `real`."""
    content = {
        "source": source,
        "revision": document().revision,
        "exchanges": [asdict(one) for one in condensed(exchanges)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> list[Exchange]:
    return [Exchange(**one) for one in json.loads(path.read_text(encoding="utf-8"))["exchanges"]]


def questions(exchanges: Sequence[Exchange]) -> list[Any]:
    """What was asked, each thing once, in an order that does not depend on who was faster."""
    return [json.loads(one) for one in sorted({one.question() for one in exchanges})]


def violations(exchange: Exchange) -> list[str]:
    """What in it does not fit the discovery document in force; another API's is not looked at."""
    if not exchange.path.startswith("/compute/"):
        return []
    found = document().match(exchange.verb, exchange.path)
    if found is None:
        return [f"{exchange.verb} {exchange.path} is no method"]
    method, path = found
    try:
        strict.check_path(method, path)
        query = {name: one if isinstance(one, list) else [one] for name, one in exchange.query.items()}
        strict.check_query(method, query)
        strict.check_body(method, json.dumps(exchange.request).encode() if exchange.request is not None else b"")
    except ApiError as refusal:
        return [str(refusal)]
    if exchange.status == 0:
        return []
    if exchange.status >= 400:
        error = exchange.response["error"]
        return [] if error["code"] == exchange.status and error["message"] else [str(error)]
    return [f"{where}: {why}" for where, why in strict.conforms(method.response, exchange.response)]


def _json(body: str | bytes | None) -> Any:
    return json.loads(body) if body else None


def _short(answer: Any) -> Any:
    """Lists with their first items; of an aggregated one, the first scopes that have some, and one that has none."""
    if isinstance(answer, dict):
        items = answer.get("items")
        if isinstance(items, dict):
            full = [scope for scope, part in items.items() if "warning" not in part][:_LONG]
            empty = [scope for scope, part in items.items() if "warning" in part][:1]
            answer = {**answer, "items": {scope: items[scope] for scope in full + empty}}
        return {name: _short(one) for name, one in answer.items()}
    if isinstance(answer, list):
        return [_short(one) for one in answer[:_LONG]]
    return answer
