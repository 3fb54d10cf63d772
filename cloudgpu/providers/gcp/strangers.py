"""Refusals by what stands between this computer and Google, such as a proxy, in a shape of its own."""

from __future__ import annotations

import json
from typing import Any

import requests
from google.api_core.exceptions import from_http_status


def heed(client: Any) -> None:
    """Have them raised with their status, before google-api-core reads them: it takes every refusal in JSON for an
    object of Google's shape, and trips over others."""

    def look(response: requests.Response, *_: object, **__: object) -> None:
        if not response.ok and not _legible(response.text):
            raise from_http_status(response.status_code, response.reason or "", response=response)

    client.transport._session.hooks["response"].append(look)  # there is no public way to it


def _legible(text: str) -> bool:
    """For google-api-core, which copes with what is no JSON at all."""
    try:
        body = json.loads(text)
    except ValueError:
        return True
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details", []) if isinstance(error, dict) else None
    return isinstance(details, list) and all(isinstance(one, dict) for one in details)
