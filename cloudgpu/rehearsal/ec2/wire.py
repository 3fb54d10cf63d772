"""A request as it came and an answer as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

_LONGEST_BODY = 4 * 1024 * 1024
JSON_TARGETS = {"ServiceQuotasV20190624": "servicequotas", "AmazonSSM": "ssm"}


@dataclass(frozen=True, slots=True)
class Scope:
    """The Authorization header of a request signed with version 4, taken apart."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `fields`: query string and form together; `scope` None where it is not signed."""

    environ: Mapping[str, Any]
    method: str
    body: bytes
    fields: dict[str, str]
    scope: Scope | None

    @property
    def target(self) -> str:
        return str(self.environ.get("HTTP_X_AMZ_TARGET", ""))

    @property
    def service(self) -> str:
        if self.scope:
            return self.scope.service
        return JSON_TARGETS.get(self.target.partition(".")[0], "ec2")

    @property
    def protocol(self) -> str:
        """json, query or ec2: which format the caller can read."""
        if self.target:
            return "json"
        return "query" if self.service in ("sts", "iam") else "ec2"

    @property
    def action(self) -> str:
        return self.target.partition(".")[2] if self.target else self.fields.get("Action", "")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes

    def send(self, start_response: Callable[..., object]) -> list[bytes]:
        phrase = HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else "Unknown"
        headers = [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        start_response(f"{self.status} {phrase}", headers)
        return [self.body]


def read(environ: Mapping[str, Any]) -> Request:
    """Read the request whole. A body that is too long or not text leaves `fields` without it."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    body = environ["wsgi.input"].read(min(int(length), _LONGEST_BODY)) if length.isdigit() else b""
    fields = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    if "HTTP_X_AMZ_TARGET" not in environ:
        fields.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Request(
        environ,
        str(environ["REQUEST_METHOD"]),
        body,
        fields,
        _scope(str(environ.get("HTTP_AUTHORIZATION", ""))),
    )


def _scope(header: str) -> Scope | None:
    algorithm, _, rest = header.partition(" ")
    parts = dict(item.strip().partition("=")[::2] for item in rest.split(","))
    credential = parts.get("Credential", "").split("/")
    if algorithm != "AWS4-HMAC-SHA256" or len(credential) != 5:
        return None
    key, date, region, service, _ = credential
    return Scope(
        key, date, region, service, tuple(parts.get("SignedHeaders", "").split(";")), parts.get("Signature", "")
    )
