"""Refusals in Google's own formats: over HTTP, and inside an operation that has ended badly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_PHRASE = {
    400: "BAD REQUEST",
    403: "FORBIDDEN",
    404: "NOT FOUND",
    409: "CONFLICT",
    500: "INTERNAL SERVER ERROR",
    503: "SERVICE UNAVAILABLE",
}


class ApiError(Exception):
    """A refusal over HTTP. `reason` is the word that clients tell errors by (`notFound`, `invalid`, ...); `also`: what
    else there is to object to, with the same reason."""

    def __init__(
        self,
        http_status: int,
        reason: str,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        more: Mapping[str, str] | None = None,
        domain: str = "global",
        also: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.body: dict[str, Any] = {
            "code": http_status,
            "message": message,
            "errors": [
                {"message": text, "domain": domain, "reason": reason, **(more or {})} for text in (message, *also)
            ],
        }
        if http_status in _STATUS:
            self.body["status"] = _STATUS[http_status]
        if details:
            self.body["details"] = [dict(one) for one in details]


@dataclass(frozen=True, slots=True)
class OperationError:
    """A refusal that an operation ends with. `details`: the items of `errorDetails`."""

    code: str
    message: str
    http_status: int = 400
    details: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def fields(self) -> dict[str, Any]:
        """The part of an Operation resource that tells of it."""
        one: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            one["errorDetails"] = [dict(detail) for detail in self.details]
        return {
            "error": {"errors": [one]},
            "httpErrorStatusCode": self.http_status,
            "httpErrorMessage": _PHRASE.get(self.http_status, "ERROR"),
        }


def not_found(path: str) -> ApiError:
    """`path`: `projects/P/zones/Z/instances/I`."""
    return ApiError(404, "notFound", f"The resource '{path}' was not found")


def invalid(name: str, value: object, why: str) -> ApiError:
    """A field or parameter whose value is of no use, in Compute Engine's own words."""
    return ApiError(400, "invalid", f"Invalid value for field '{name}': '{value}'. {why}")


def exists(path: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"The resource '{path}' already exists")


def not_ready(path: str) -> ApiError:
    """It is still being made."""
    return ApiError(400, "resourceNotReady", f"The resource '{path}' is not ready")


def in_use(kind: str, path: str, user: str) -> ApiError:
    """`kind`: the word for it (`disk`, `address`); `user`: the path of what holds it."""
    message = f"The {kind} resource '{path}' is already being used by '{user}'"
    return ApiError(400, "resourceInUseByAnotherResource", message)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "badRequest", message)


def malformed(violations: Sequence[tuple[str, str]]) -> ApiError:
    """What the front end says to JSON and parameters that do not fit the discovery document: (field, description)."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
            {"field": name, "description": text} if name else {"description": text} for name, text in violations
        ],
    }
    return ApiError(400, "badRequest", "\n".join(text for _, text in violations), details=[detail])
