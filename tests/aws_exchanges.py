"""Requests to AWS and its answers as they went over the wire, without anybody's secrets: recorded, kept in files.

    with recording({profile: "a-profile"}) as recorder:
        ...                                                 # whatever asks AWS by boto3
    write(path, recorder.exchanges, source="real")

Neither headers nor signatures are recorded. Read what was written before you give it away: names that you chose
yourself, of a network for example, are still in it unless you said so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import botocore
from botocore.httpsession import URLLib3Session

from tests.aws_scrubbing import AwsScrub
from tests.exchanges import Exchange, condensed

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/([\w-]+)/([\w-]+)/")
_LONG = 2


@dataclass
class Recorder:
    scrub: AwsScrub
    exchanges: list[Exchange] = field(default_factory=list)

    def take(self, asked: Any, answer: Any) -> None:
        """Of an answer that never came, `answer` is None. Calls that nobody signed are not AWS's."""
        signed = _CREDENTIAL.search(_text(asked.headers.get("Authorization", "")))
        if signed is None:
            return
        region, service = signed.groups()
        target, body = _text(asked.headers.get("X-Amz-Target", "")), _text(asked.body or "")
        form = dict(parse_qsl(body, keep_blank_values=True))
        self.exchanges.append(
            Exchange(
                method=f"{service}.{target.partition('.')[2] or form.get('Action', '')}",
                verb=str(asked.method),
                path=f"/{region}",
                query={},
                request=self.scrub.value(json.loads(body)) if target else self.scrub.form(form),
                status=answer.status_code if answer is not None else 0,
                response=self._told(answer.content, as_json=bool(target)) if answer is not None else None,
            )
        )

    def _told(self, content: bytes, *, as_json: bool) -> object:
        if as_json:
            return self.scrub.value(json.loads(content or b"{}"))
        return self.scrub.text(shortened(content.decode("utf-8", "replace")))


@contextmanager
def recording(known: Mapping[str, str]) -> Iterator[Recorder]:
    """All that boto3 sends meanwhile, from any thread. `known`: what is to be hidden, and by what."""
    recorder, send = Recorder(AwsScrub(known)), URLLib3Session.send

    def watched(self: URLLib3Session, request: Any) -> Any:
        try:
            answer = send(self, request)
        except Exception:
            recorder.take(request, None)
            raise
        recorder.take(request, answer)
        return answer

    URLLib3Session.send = watched  # type: ignore[method-assign]  # every client ends here
    try:
        yield recorder
    finally:
        URLLib3Session.send = send  # type: ignore[method-assign]


def shortened(xml: str) -> str:
    """The same document; of every list of items, the first ones."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return xml
    for parent in root.iter():
        items = [one for one in parent if one.tag.rpartition("}")[2] in ("item", "member")]
        for one in items[_LONG:]:
            parent.remove(one)
    namespace = root.tag.partition("}")[0].removeprefix("{") if root.tag.startswith("{") else ""
    if namespace:
        ElementTree.register_namespace("", namespace)
    return ElementTree.tostring(root, encoding="unicode")


def write(path: Path, exchanges: Sequence[Exchange], *, source: str) -> None:
    """`source`: `emulator` or `real`."""
    told = [asdict(one) for one in condensed(exchanges)]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"source": source, "botocore": botocore.__version__, "exchanges": told}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
