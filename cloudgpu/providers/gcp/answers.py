"""An error as Google's REST APIs write it into the body of an answer. Knows no SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cloudgpu.providers.gcp.refusals import Refusal


def of_body(text: str, status: int) -> Refusal:
    """The refusal in a body: Google's own JSON, the token service's, or whatever a proxy has put there."""
    try:
        body = json.loads(text)
    except ValueError:
        return Refusal(text.strip(), (str(status),))
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return Refusal(_text(body, "error_description") or error, (error, str(status)))
    if not isinstance(error, dict):
        return Refusal(text.strip(), (str(status),))
    reasons = [_text(entry, "reason") for entry in _entries(error, "errors")]
    details = _entries(error, "details")
    metadata: dict[str, str] = {}
    words = [_text(error, "message")]
    for detail in details:
        reasons.append(_text(detail, "reason"))
        metadata.update({str(name): str(value) for name, value in _mapping(detail, "metadata").items()})
        words += [
            _text(violation, "description") or _text(violation, "type") for violation in _entries(detail, "violations")
        ]
    codes = (*reasons, _text(error, "status"), str(status))
    told = " ".join(dict.fromkeys(word for word in words if word))
    return Refusal(told or text.strip(), tuple(code for code in codes if code), metadata)


def _text(thing: Mapping[str, object], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _mapping(thing: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _entries(thing: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = thing.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
