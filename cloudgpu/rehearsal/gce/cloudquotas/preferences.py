"""Quota preferences: what the project would like its limits to be, one for each quota and set of dimensions."""

from __future__ import annotations

import re
import secrets
import time
from datetime import datetime, timezone
from typing import Any

from cloudgpu.rehearsal.gce import catalogue
from cloudgpu.rehearsal.gce.cloudquotas import checks
from cloudgpu.rehearsal.gce.cloudquotas.errors import refused
from cloudgpu.rehearsal.gce.cloudquotas.infos import page
from cloudgpu.rehearsal.gce.cloudquotas.limits import Known, current
from cloudgpu.rehearsal.gce.settings import project_number
from cloudgpu.rehearsal.gce.state import Cloud, Preference

Json = dict[str, Any]
_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}")


def get(cloud: Cloud, project: str, path: Json) -> Json:
    return _told(_there(cloud, project, path["quotaPreference"]))


def listed(cloud: Cloud, project: str, query: Json) -> Json:
    if query.get("filter") or query.get("orderBy"):
        raise refused("INVALID_ARGUMENT", "This rehearsal cloud lists all quota preferences, in order of creation.")
    mine = [_told(one) for (owner, _), one in cloud.preferences.items() if owner == project]
    return page("quotaPreferences", mine, query)


def create(cloud: Cloud, project: str, query: Json, body: Json) -> Json:
    id = query.get("quotaPreferenceId") or secrets.token_hex(16)
    if not _ID.fullmatch(id):
        raise refused("INVALID_ARGUMENT", f"Invalid quota preference id '{id}'.")
    quota = checks.quota_of(body)
    wanted = (body["quotaId"], body.get("dimensions", {}))
    for (owner, other), one in cloud.preferences.items():
        if owner == project and (
            other == id or (one.resource["quotaId"], one.resource.get("dimensions", {})) == wanted
        ):
            raise refused("ALREADY_EXISTS", f"Resource '{one.resource['name']}' already exists")
    checks.check(cloud, project, quota, body, query)
    name = f"projects/{project_number(project)}/locations/global/quotaPreferences/{id}"
    resource = {**body, "name": name, "createTime": _now()}
    cloud.preferences[project, id] = _decided(cloud, quota, resource)
    return _told(cloud.preferences[project, id])


def patch(cloud: Cloud, project: str, path: Json, query: Json, body: Json) -> Json:
    id = path["quotaPreference"]
    if query.get("updateMask"):
        raise refused("INVALID_ARGUMENT", "This rehearsal cloud overwrites all fields: leave update_mask out.")
    if (project, id) not in cloud.preferences and query.get("allowMissing"):
        return create(cloud, project, {**query, "quotaPreferenceId": id}, body)
    there = _there(cloud, project, id)
    for field in ("service", "quotaId", "dimensions"):
        if body.get(field, {}) != there.resource.get(field, {}):
            raise refused("INVALID_ARGUMENT", f"The field '{field}' is immutable.")
    if body.get("etag") not in (None, there.resource["etag"]):
        raise refused("ABORTED", "The etag does not match the current etag of the quota preference.")
    quota = checks.quota_of(body)
    checks.check(cloud, project, quota, body, query)
    if query.get("validateOnly"):
        return _told(there)
    kept = {name: there.resource[name] for name in ("name", "createTime")}
    cloud.preferences[project, id] = _decided(cloud, quota, {**body, **kept})
    return _told(cloud.preferences[project, id])


def _there(cloud: Cloud, project: str, id: str) -> Preference:
    if (project, id) not in cloud.preferences:
        name = f"projects/{project_number(project)}/locations/global/quotaPreferences/{id}"
        raise refused("NOT_FOUND", f"Resource '{name}' was not found")
    return cloud.preferences[project, id]


def _decided(cloud: Cloud, quota: Known, resource: Json) -> Preference:
    """What the automaton makes of it takes effect at once, and is told a moment later."""
    preferred, dimensions = int(resource["quotaConfig"]["preferredValue"]), resource.get("dimensions", {})
    limit = current(cloud, quota, dimensions)
    automaton = cloud.settings.requests
    granted = automaton.grants(preferred, limit)
    if granted != limit:
        regions = catalogue.regions() if "region" in quota.dimensions else ()
        for metric in quota.metrics(dimensions):
            cloud.settings.grant(metric, dimensions.get("region", ""), granted, regions)
    made = {**resource, "updateTime": _now(), "etag": secrets.token_urlsafe(16)}
    made.pop("contactEmail", None)
    made["quotaConfig"] = {**made["quotaConfig"], "preferredValue": str(preferred)}
    detail = ""
    if preferred > limit:
        made["quotaConfig"]["traceId"] = secrets.token_hex(12)
        detail = "Quota request denied" if granted == limit else f"Quota request approved to {granted}"
    pending = automaton.mood == "pending" and preferred > limit
    settled_at = None if pending else time.monotonic() + cloud.world.clock.operation_seconds
    return Preference(made, granted, detail, settled_at)


def _told(one: Preference) -> Json:
    config = {**one.resource["quotaConfig"], "requestOrigin": "ORIGIN_UNSPECIFIED"}
    if one.settled_at is None or time.monotonic() < one.settled_at:
        return {**one.resource, "quotaConfig": config, "reconciling": True}
    told = {"grantedValue": str(one.granted), **({"stateDetail": one.detail} if one.detail else {})}
    return {**one.resource, "quotaConfig": {**config, **told}}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
