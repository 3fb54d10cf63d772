"""Quota infos: every limit of the project, and whether more may be asked for."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cloudgpu.rehearsal.gce.cloudquotas.errors import no_limit, refused
from cloudgpu.rehearsal.gce.cloudquotas.limits import SERVICE, Known, known, rows
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Cloud

_USUAL_PAGE, _LARGEST_PAGE = 50, 500


def get(cloud: Cloud, project: str, path: dict[str, str]) -> dict[str, Any]:
    found = known().get(path["quotaInfo"])
    if found is None or path["service"] != SERVICE or not _told(cloud, found):
        raise no_limit(path["quotaInfo"], path["service"])
    return _info(cloud, project, found)


def listed(cloud: Cloud, project: str, path: dict[str, str], query: dict[str, Any]) -> dict[str, Any]:
    if path["service"] != SERVICE:
        raise refused("NOT_FOUND", f"Service '{path['service']}' not found.")
    infos = [_info(cloud, project, one) for one in known().values() if _told(cloud, one)]
    return page("quotaInfos", infos, query)


def page(name: str, items: list[dict[str, Any]], query: dict[str, Any]) -> dict[str, Any]:
    """One page of a list, under its field's name."""
    size, token = int(query.get("pageSize", 0)), query.get("pageToken", "")
    if size < 0:
        raise refused("INVALID_ARGUMENT", "The page size must not be negative.")
    try:
        start = int(base64.b64decode(token, validate=True)) if token else 0
    except (binascii.Error, ValueError):
        raise refused("INVALID_ARGUMENT", "The page token is invalid.") from None
    end = start + min(size or _USUAL_PAGE, _LARGEST_PAGE)
    answer: dict[str, Any] = {name: items[start:end]} if items[start:end] else {}
    if end < len(items):
        answer["nextPageToken"] = base64.b64encode(str(end).encode()).decode()
    return answer


def _told(cloud: Cloud, quota: Known) -> bool:
    return all(cloud.settings.tells(metric) for metric in quota.metrics({}))


def _info(cloud: Cloud, project: str, quota: Known) -> dict[str, Any]:
    parent = f"projects/{project_number(project)}/locations/global/services/{SERVICE}"
    automaton = cloud.settings.requests
    eligible = {"ineligibilityReason": automaton.reason} if automaton.reason else {"isEligible": True}
    words = quota.metric.replace("_", " ").capitalize()
    return {
        "name": f"{parent}/quotaInfos/{quota.id}",
        "quotaId": quota.id,
        "metric": f"{SERVICE}/{quota.metric.lower()}",
        "service": SERVICE,
        "isPrecise": True,
        "containerType": "PROJECT",
        **({"dimensions": list(quota.dimensions)} if quota.dimensions else {}),
        "metricDisplayName": words,
        "quotaDisplayName": words,
        "metricUnit": "1",
        "quotaIncreaseEligibility": eligible,
        "dimensionsInfos": list(rows(cloud, quota)),
        "serviceRequestQuotaUri": "https://console.cloud.google.com/iam-admin/quotas",
    }
