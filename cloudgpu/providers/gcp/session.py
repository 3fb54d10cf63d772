"""One account, reached over HTTP: the clients, how long they wait, and when they ask again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

from google.api_core.client_options import ClientOptions
from google.api_core.retry import Retry
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from cloudgpu.errors import OutcomeUnknown, ThrottledError
from cloudgpu.model import Origin
from cloudgpu.providers.gcp import strangers
from cloudgpu.providers.gcp.credentials import sign_in
from cloudgpu.providers.gcp.errors import gcp_errors, translated

T = TypeVar("T")
C = TypeVar("C")
_SECONDS, _LONGEST_POLL = 30.0, 130.0


def _asks_again_when(*kinds: type[Exception]) -> Retry:
    return Retry(
        predicate=lambda error: isinstance(translated(error, ""), kinds),
        initial=0.2,
        maximum=5.0,
        multiplier=2.0,
        timeout=60.0,
    )


def endpoint() -> str | None:
    """Where Compute Engine is, when not at Google: gcloud's own variable for that."""
    override = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", "").strip()
    return re.sub(r"/*(compute/v1)?/*$", "", override) or None


class Session:
    """Nothing is read, imported or asked before the first use of `project` or of a client.

    `read`, `pages`, `write` and `poll` raise `cloudgpu.errors` only, in the words for the zone that the fields name.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._clients: dict[type, object] = {}

    @cached_property
    def _signed_in(self) -> tuple[Credentials, str]:
        return sign_in(self._origin.project)

    @property
    def project(self) -> str:
        """The project that pays."""
        return self._signed_in[1]

    @cached_property
    def http(self) -> AuthorizedSession:
        """Plain HTTP in the name of the account."""
        return AuthorizedSession(self._signed_in[0])

    def client(self, kind: type[C]) -> C:
        """The client of this kind, made once."""
        if kind not in self._clients:
            options = ClientOptions(api_endpoint=endpoint())
            with gcp_errors(self.project):
                self._clients[kind] = kind(credentials=self._signed_in[0], client_options=options)  # type: ignore[call-arg]  # every client takes these two
                strangers.heed(self._clients[kind])
        made: C = self._clients[kind]  # type: ignore[assignment]  # filed under its own class
        return made

    def read(self, method: Callable[..., T], **fields: object) -> T:
        """Ask for something. A lost or failed answer is asked for again, for a minute at most."""
        with gcp_errors(self.project, str(fields.get("zone", ""))):
            return method(request=self._request(fields), timeout=_SECONDS, retry=self._when_lost)

    def pages(self, method: Callable[..., Iterable[T]], **fields: object) -> list[T]:
        """All that a listing has, page after page."""
        with gcp_errors(self.project, str(fields.get("zone", ""))):
            return list(method(request=self._request(fields), timeout=_SECONDS, retry=self._when_lost))

    def write(self, method: Callable[..., T], **fields: object) -> T:
        """Have something changed. Asked again only where Google said that it was asked too often."""
        with gcp_errors(self.project, str(fields.get("zone", ""))):
            return method(request=self._request(fields), timeout=_SECONDS, retry=self._when_throttled)

    def poll(self, method: Callable[..., T], **fields: object) -> T:
        """Ask for something that Google takes up to two minutes to answer. Not asked again."""
        with gcp_errors(self.project, str(fields.get("zone", ""))):
            return method(request=self._request(fields), timeout=_LONGEST_POLL)

    def _request(self, fields: dict[str, object]) -> dict[str, object]:
        return {"project": self.project, **fields}

    _when_lost = _asks_again_when(OutcomeUnknown, ThrottledError)
    _when_throttled = _asks_again_when(ThrottledError)
