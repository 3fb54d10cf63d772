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
from cloudgpu.providers.gcp import sdk
from cloudgpu.providers.gcp.answers import of_body
from cloudgpu.providers.gcp.explain import Verdict, explain, judge
from cloudgpu.providers.gcp.refusals import Refusal

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


def classify(*, code: str | int | None = "", message: str | None = "", status: int | str | None = None) -> Verdict:
    """What a refusal of Google's is, from as much of it as there is: an operation's or an HTTP error's code, its words,
    its status. Never raises."""
    given = [str(part).strip() for part in (code, status) if part is not None]
    return judge(Refusal(str(message or ""), tuple(part for part in given if part)))


def operation_error(operation: sdk.Operation, project: str, zone: str = "") -> CloudgpuError:
    """Our error for what an operation ended with."""
    status = str(operation.http_error_status_code or "")
    entries = list(operation.error.errors)
    if not entries:
        message = operation.http_error_message or "The operation failed without a reason."
        return explain(Refusal(str(message), (status,), settled=True), project, zone)
    metadata: dict[str, str] = {}
    reasons, words = [], []
    for entry in entries:
        words.append(entry.message)
        for detail in entry.error_details:
            quota = detail.quota_info
            metadata.update(detail.error_info.metadatas)
            metadata.update(quota.dimensions)
            if quota.metric_name:
                metadata.update(metricName=str(quota.metric_name), limit=str(quota.limit))
            reasons.append(detail.error_info.reason)
            words.append(detail.localized_message.message)
    codes = (*(entry.code for entry in entries), *reasons, status)
    told = " ".join(word for word in words if word)
    return explain(Refusal(told, tuple(code for code in codes if code), metadata, settled=True), project, zone)


def _of_answer(error: GoogleAPICallError) -> Refusal:
    """An HTTP answer: its body where that is at hand, else what the SDK has kept of it."""
    body = error.response.text if isinstance(error.response, requests.Response) else ""
    if body:
        return of_body(body, int(error.code or 0))
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
