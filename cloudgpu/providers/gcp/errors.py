"""The door that no exception of the SDK, of its sign-in or of its transport gets through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]  # protobuf ships no types

from cloudgpu.errors import CloudgpuError, NoRouteError, OutcomeUnknown
from cloudgpu.providers.gcp.explain import explain
from cloudgpu.providers.gcp.refusals import Refusal
from cloudgpu.providers.gcp.sdk import Operation

_NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.SSLError,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


@contextmanager
def gcp_errors(project: str, zone: str = "") -> Iterator[None]:
    """What goes wrong inside is raised as one of `cloudgpu.errors`."""
    try:
        yield
    except (GoogleAPIError, GoogleAuthError, requests.RequestException, ParseError) as error:
        raise translated(error, project, zone) from error


def translated(error: Exception, project: str, zone: str = "") -> CloudgpuError:
    """Our error for one of the SDK's, of google-auth's or of requests'."""
    if isinstance(error, RetryError) and isinstance(error.cause, Exception):
        return translated(error.cause, project, zone)
    if isinstance(error, GoogleAPICallError):
        return explain(_of_answer(error), project, zone)
    if isinstance(error, GoogleAuthError):
        return explain(_of_sign_in(error), project, zone)
    return _of_transport(error)


def operation_error(operation: Operation, project: str, zone: str = "") -> CloudgpuError:
    """Our error for what an operation ended with."""
    status = str(operation.http_error_status_code or "")
    entry = next(iter(operation.error.errors), None)
    if entry is None:
        message = operation.http_error_message or "The operation failed without a reason."
        return explain(Refusal(str(message), (status,), settled=True), project, zone)
    metadata: dict[str, str] = {}
    reasons, advice = [], []
    for detail in entry.error_details:
        metadata.update(detail.error_info.metadatas)
        metadata.update(detail.quota_info.dimensions)
        reasons.append(detail.error_info.reason)
        advice.append(detail.localized_message.message)
    message = " ".join(part for part in (entry.message, *advice) if part)
    codes = tuple(code for code in (entry.code, *reasons, status) if code)
    return explain(Refusal(message, codes, metadata, settled=True), project, zone)


def _of_answer(error: GoogleAPICallError) -> Refusal:
    """An HTTP answer: the reasons of its entries, of its ErrorInfo, and its status."""
    entries = [entry for entry in error.errors if isinstance(entry, dict)]
    codes = [str(entry["reason"]) for entry in entries if entry.get("reason")]
    message = next((str(entry["message"]) for entry in entries if entry.get("message")), "")
    return Refusal(
        message or re.sub(r"^[A-Z]+ https?://\S+: ", "", str(error.message)),
        tuple(code for code in (*codes, error.reason or "", str(int(error.code or 0))) if code),
        dict(error.metadata or {}),
    )


def _of_sign_in(error: GoogleAuthError) -> Refusal:
    """google-auth: the token service's own code where it gave one."""
    if isinstance(error, TransportError) or getattr(error, "retryable", False):
        return Refusal(str(error), ("TransportError",))
    answer = error.args[1] if isinstance(error, RefreshError) and len(error.args) > 1 else None
    own = (str(answer["error"]),) if isinstance(answer, dict) and isinstance(answer.get("error"), str) else ()
    return Refusal(str(error.args[0] if error.args else error), (*own, type(error).__name__, "sign-in"))


def _of_transport(error: Exception) -> CloudgpuError:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    kinds = {kind.__name__ for kind in type(reason).__mro__}
    if isinstance(error, _NEVER_SENT) or kinds & {"NewConnectionError", "ConnectTimeoutError"}:  # of urllib3
        return NoRouteError(
            "Compute Engine cannot be reached.",
            remedy="Look at the network and the proxy settings: curl -I https://compute.googleapis.com",
            code=type(reason or error).__name__,
            details=str(error),
        )
    if isinstance(error, ParseError):
        return NoRouteError(
            "What answers in place of Compute Engine is not Compute Engine: a proxy, or a network's login page.",
            remedy="Look at the network and the proxy settings: curl -i https://compute.googleapis.com",
            code="ParseError",
            details=str(error),
        )
    return OutcomeUnknown(
        "The request was sent to Google and no answer came.",
        remedy="cloudgpu ps --refresh",
        code=type(error).__name__,
        details=str(error),
    )
