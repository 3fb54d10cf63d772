"""Asking Google for a higher limit, and what it answers within the first seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from cloudgpu.errors import ProviderError
from cloudgpu.model import Quota, QuotaAnswer
from cloudgpu.providers.gcp.cloudquotas import UNLIMITED, CloudQuotas, limit_in
from cloudgpu.providers.gcp.metrics import in_cloud_quotas, preference_id
from cloudgpu.providers.gcp.rest import Json
from cloudgpu.retry import until

_WITHIN = 20.0  # its automaton answers within seconds, a person takes days
_INELIGIBLE = {
    "NO_VALID_BILLING_ACCOUNT": "the project has no billing account, or one of a free trial, which has to be upgraded",
    "NOT_SUPPORTED": "Google takes no requests for this limit",
    "NOT_ENOUGH_USAGE_HISTORY": "the project is too new: use it for some days, then ask again",
    "OTHER": "Google does not say why; a free trial has to be upgraded to a paid account first",
}


class _StillPending(ProviderError):
    """Google takes its time."""


def raise_quota(
    api: CloudQuotas, quota: Quota, wanted: float, *, contact: str, sleep: Callable[[float], None] = time.sleep
) -> QuotaAnswer:
    """As `protocols.CanRaiseQuota`. Where Google would not take the request it is not filed, and the answer is why."""
    asked = math.ceil(wanted)
    quota_id, dimensions = in_cloud_quotas(quota.name, quota.scope)
    info = api.info(quota_id)
    limit = limit_in(info, dimensions)
    if limit is not None and limit >= asked:
        return _answer(quota, asked, "granted", limit, "The limit is there already.")
    if why := _ineligible(info):
        return _answer(quota, asked, "refused", limit, f"Not asked for: {why}.")
    id = preference_id(quota.name, quota.scope)
    filed = api.ask(id, quota_id, dimensions, asked, contact)
    try:
        settled = until(
            lambda: None if (seen := api.preference(str(filed.get("name", id)))).get("reconciling") else seen,
            within=_WITHIN,
            otherwise=lambda: _StillPending("It is being decided on.", remedy="Look again in a day."),
            sleep=sleep,
        )
    except _StillPending:
        return _answer(quota, asked, "pending", limit, _detail(filed))
    return _settled(quota, asked, limit, settled)


def _settled(quota: Quota, asked: int, before: float | None, preference: Json) -> QuotaAnswer:
    value, detail = preference.get("quotaConfig", {}).get("grantedValue"), _detail(preference)
    granted = None if value is None else UNLIMITED if int(value) < 0 else float(value)
    if granted is None:
        return _answer(quota, asked, "refused" if "denied" in detail.lower() else "pending", before, detail)
    state = "granted" if granted >= asked else "partly granted" if granted > (before or 0) else "refused"
    return _answer(quota, asked, state, granted, detail)


def _answer(quota: Quota, asked: float, state: str, granted: float | None, detail: str) -> QuotaAnswer:
    return QuotaAnswer(quota.name, quota.scope, asked, state, granted, detail)


def _detail(preference: Json) -> str:
    return str(preference.get("quotaConfig", {}).get("stateDetail", ""))


def _ineligible(info: Json) -> str:
    """Why Google would not take a request for more; empty where it would."""
    if info.get("isFixed"):
        return _INELIGIBLE["NOT_SUPPORTED"]
    told = info.get("quotaIncreaseEligibility", {"isEligible": True})
    return "" if told.get("isEligible") else _INELIGIBLE.get(told.get("ineligibilityReason", ""), _INELIGIBLE["OTHER"])
