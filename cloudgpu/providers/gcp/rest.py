"""Google's plain JSON APIs, for what is too small to need a client library of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from google.api_core.exceptions import from_http_status
from google.api_core.retry import Retry
from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]  # protobuf ships no types

from cloudgpu.providers.gcp.session import Session

Json = dict[str, Any]
_PATIENCE = 10.0  # seconds: nobody waits longer for what is only advice


class Rest:
    """One API, by the first part of its host name, such as `cloudquotas`. Paths begin with its version; `{project}` in
    them is the project that pays. `read` and `write` raise `cloudgpu.errors` only."""

    def __init__(self, session: Session, api: str) -> None:
        self._session = session
        self._api = api

    @property
    def endpoint(self) -> str:
        """Where the API is; not at Google where gcloud's own variable for that says so."""
        override = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{self._api.upper()}", "").strip()
        return override.rstrip("/") or f"https://{self._api}.googleapis.com"

    def read(self, path: str, **query: object) -> Json:
        """Ask for something. A lost or failed answer is asked for again, for a few seconds."""
        return self._session.read(self._asked, verb="GET", path=path, query=query)

    def write(self, verb: str, path: str, body: Mapping[str, object], **query: object) -> Json:
        """Have something changed. Asked again only where Google said that it was asked too often."""
        return self._session.write(self._asked, verb=verb, path=path, query=query, body=body)

    def _asked(self, *, request: Json, timeout: float, retry: Retry) -> Json:
        if request["verb"] == "GET":
            retry, timeout = retry.with_timeout(_PATIENCE), _PATIENCE
        answer: Json = retry(self._send)(request, timeout)
        return answer

    def _send(self, request: Json, timeout: float) -> Json:
        url = f"{self.endpoint}/{request['path'].format(project=request['project'])}"
        response = self._session.http.request(
            request["verb"], url, params=request["query"], json=request.get("body"), timeout=timeout
        )
        if not response.ok:
            raise from_http_status(response.status_code, response.reason or "", response=response)
        try:
            answer: Json = response.json()
        except ValueError as error:
            raise ParseError(str(error)) from error
        if not isinstance(answer, dict):
            raise ParseError(f"This is no object: {response.text[:80]}")
        return answer
