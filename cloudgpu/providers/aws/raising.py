"""Asking AWS for a higher limit, and what it answers within the first seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudgpu.errors import OutcomeUnknown, ProviderError
from cloudgpu.model import Quota, QuotaAnswer
from cloudgpu.providers.aws.buckets import bucket_named
from cloudgpu.providers.aws.servicequotas import ServiceQuotas
from cloudgpu.retry import until

if TYPE_CHECKING:
    from mypy_boto3_service_quotas.type_defs import RequestedServiceQuotaChangeTypeDef as Request

_WITHIN = 20.0  # its automaton answers within seconds to minutes, a person takes days
_OPEN_ALREADY = "ResourceAlreadyExistsException"
_NOT_TAKEN = {
    "IllegalArgumentException": "AWS takes no request for this value.",
    "InvalidResourceStateException": "AWS takes no request for this limit just now.",
    "NoSuchResourceException": "This region has no such limit.",
    "QuotaExceededException": "Too many requests of this account are open: wait until one of them is decided.",
}
_CASE = "https://console.aws.amazon.com/support/home#/case"


class _StillPending(ProviderError):
    """AWS takes its time."""


def raise_quota(
    api: ServiceQuotas, quota: Quota, wanted: float, *, sleep: Callable[[float], None] = time.sleep
) -> QuotaAnswer:
    """As `protocols.CanRaiseQuota`; AWS answers at the account's own address. Where a request is open already, what
    that one asks for and where it stands."""
    asked, bucket = math.ceil(wanted), bucket_named(quota.name)
    code = api.code(bucket)
    if code is None:
        why = f"Not asked for: Service Quotas lists no such limit in {quota.scope}. {_CASE}/create"
        return _answer(quota, asked, "refused", None, why)
    limit = api.limit(bucket)
    if limit is not None and limit >= asked:
        return _answer(quota, asked, "granted", limit, "The limit is there already.")
    try:
        filed = api.ask(code, asked)
    except ProviderError as error:
        if error.code in _NOT_TAKEN:
            return _answer(quota, asked, "refused", limit, f"{_NOT_TAKEN[error.code]} {error.details}".rstrip())
        if error.code != _OPEN_ALREADY and not isinstance(error, OutcomeUnknown):
            raise
        there = api.open_request(code)
        if there is None:
            raise
        return _earlier(quota, asked, limit, there)
    seen = _decided(api, filed, sleep)
    return _told(quota, asked, limit, seen, lambda: api.limit(bucket))


def _decided(api: ServiceQuotas, filed: Request, sleep: Callable[[float], None]) -> Request:
    """The request as it is when it is decided or time is up. It is filed: what keeps from looking at it is no
    failure."""

    def look() -> Request | None:
        seen = api.request(filed["Id"])
        return None if seen["Status"] == "PENDING" else seen

    late = _StillPending("It is being decided on.", remedy="Look again in a day.")
    try:
        return until(look, within=_WITHIN, otherwise=lambda: late, sleep=sleep)
    except ProviderError:
        return filed


def _earlier(quota: Quota, asked: int, limit: float | None, there: Request) -> QuotaAnswer:
    """AWS takes one request for a limit at a time."""
    told, of = there.get("DesiredValue", 0.0), there.get("Created")
    when = f" of {of:%Y-%m-%d}" if of else ""
    short = f", so {asked} was not asked for" if told < asked else ""
    detail = f"The request{when} for {told:g} is still open{short}. {_where(there)}"
    return _answer(quota, told, "pending", limit, detail)


def _told(
    quota: Quota, asked: int, before: float | None, seen: Request, now: Callable[[], float | None]
) -> QuotaAnswer:
    status = seen["Status"]
    if status in ("PENDING", "CASE_OPENED"):
        return _answer(quota, asked, "pending", before, _where(seen))
    limit = now()
    if status == "APPROVED":
        holds = limit is not None and limit >= asked
        return _answer(quota, asked, "granted", limit if holds else None, "" if holds else "It holds within minutes.")
    if status == "CASE_CLOSED" and limit is not None and limit > (before or 0):
        return _answer(quota, asked, "granted" if limit >= asked else "partly granted", limit, _where(seen))
    return _answer(quota, asked, "refused", limit, f"AWS: {status}. {_where(seen)}")


def _where(request: Request) -> str:
    """The place at which AWS says more."""
    if case := request.get("CaseId"):
        return f"Support case {case}: {_CASE}/?displayId={case}"
    region = request["QuotaArn"].split(":")[3]
    return f"https://{region}.console.aws.amazon.com/servicequotas/home/requests"


def _answer(quota: Quota, asked: float, state: str, granted: float | None, detail: str) -> QuotaAnswer:
    return QuotaAnswer(quota.name, quota.scope, asked, state, granted, detail)
